import { composeMultipart, type Field, formatAddress, formatFields } from '../message/compose.ts';
import { formatDate } from '../message/date.ts';
import { base64Lines, withCrlf } from './base64-lines.ts';
import type { SieveHeader } from './header.ts';

export interface RejectionOptions {
  readonly reason: string;
  readonly header: SieveHeader;
  /** The recipient who refuses. */
  readonly from: string;
  readonly to: string;
  readonly hostname: string;
  /** Unix milliseconds. */
  readonly now: number;
  readonly messageId: string;
  readonly boundary: string;
}

/** Tells the sender that the recipient's script refused the message: an MDN (RFC 5429 §2.2, RFC 8098). */
export function composeRejection(options: RejectionOptions): Buffer {
  const { header, from, to, now, hostname } = options;
  const original = header.named('message-id')[0]?.value ?? '';
  const known = /^<[^<>\s]{1,250}>$/.test(original);
  const fields: Field[] = [
    ['From', formatAddress(null, from)],
    ['To', formatAddress(null, to)],
    ['Subject', 'Your message was refused by its recipient'],
    ['Date', formatDate(now)],
    ['Message-ID', `<${options.messageId}>`],
    ['Auto-Submitted', 'auto-replied'],
    ...(known ? ([['In-Reply-To', original]] as Field[]) : []),
  ];
  const text = `The message was not delivered: <${from}> refused it. The reason given:\r\n\r\n${withCrlf(options.reason)}\r\n`;
  const disposition = formatFields([
    ['Reporting-UA', `${hostname}; Cartero`],
    ['Final-Recipient', `rfc822; ${from}`],
    ...(known ? ([['Original-Message-ID', original]] as Field[]) : []),
    ['Disposition', 'automatic-action/MDN-sent-automatically; deleted'],
  ]);
  return composeMultipart(
    fields,
    'multipart/report; report-type=disposition-notification',
    options.boundary,
    [
      {
        fields: [
          ['Content-Type', 'text/plain; charset=utf-8'],
          ['Content-Transfer-Encoding', 'base64'],
        ],
        body: base64Lines(text),
      },
      { fields: [['Content-Type', 'message/disposition-notification']], body: disposition },
      { fields: [['Content-Type', 'text/rfc822-headers']], body: header.bytes() },
    ],
  );
}
