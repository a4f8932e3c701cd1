import { formatDate } from '../../shared/message/date.ts';
import type { Secure } from '../../shared/net/connection.ts';

/** What a Received field tells of the hop (RFC 5321 §4.4). */
export interface Hop {
  /** What the client called itself. */
  readonly clientDomain: string;
  readonly remoteAddress: string;
  /** As a proxy verified it (XCLIENT). */
  readonly remoteName?: string | undefined;
  readonly hostname: string;
  readonly protocol: 'smtp' | 'lmtp';
  /** EHLO or LHLO, not HELO. */
  readonly extended: boolean;
  readonly secure: Secure | null;
  readonly authenticated: boolean;
  /** SMTPUTF8 was said: the addresses may be UTF-8. */
  readonly smtpUtf8: boolean;
  readonly id: string;
  /** Named only when it is the only one, so that no recipient learns of another. */
  readonly forwardPath: string | undefined;
  /** Unix time in milliseconds. */
  readonly at: number;
}

/** `Return-Path: <…>`, which is ours alone and is never relayed. */
export function returnPathField(reversePath: string): string {
  return `Return-Path: <${reversePath}>\r\n`;
}

export function receivedField(hop: Hop): string {
  const { secure } = hop;
  const tls = secure === null ? '' : `\r\n\t(using ${secure.protocol} with cipher ${secure.cipher})`;
  const recipient = hop.forwardPath === undefined ? '' : `\r\n\tfor <${hop.forwardPath}>`;
  return (
    `Received: from ${hop.clientDomain} (${tcpInfo(hop)})${tls}` +
    `\r\n\tby ${hop.hostname} (Cartero) with ${protocolName(hop)} id ${hop.id}${recipient};` +
    `\r\n\t${formatDate(hop.at)}\r\n`
  );
}

/** RFC 3848 §1, RFC 6531 §4.3. */
function protocolName(hop: Hop): string {
  if (hop.protocol === 'smtp' && !hop.extended) return 'SMTP';
  const plain = hop.protocol === 'lmtp' ? 'LMTP' : 'ESMTP';
  const name = hop.smtpUtf8 ? (hop.protocol === 'lmtp' ? 'UTF8LMTP' : 'UTF8SMTP') : plain;
  return `${name}${hop.secure === null ? '' : 'S'}${hop.authenticated ? 'A' : ''}`;
}

function tcpInfo({ remoteAddress, remoteName }: Hop): string {
  const literal = addressLiteral(remoteAddress);
  return remoteName === undefined ? literal : `${remoteName} ${literal}`;
}

function addressLiteral(address: string): string {
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`;
}
