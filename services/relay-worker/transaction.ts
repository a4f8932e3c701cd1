import type { Extensions } from '../../shared/protocol/smtp/client-extensions.ts';
import { type ClientTransaction, isSayable } from '../../shared/protocol/smtp/client-transaction.ts';
import { Notify } from '../../shared/spool/port.ts';
import type { RemoteEntry } from '../../shared/spool/remote.ts';
import { type Condition, permanent } from './condition.ts';

/** RFC 5321 §4.5.3.1.8: the number every server must take. */
export const MAX_TRANSACTION_RECIPIENTS = 100;

/** Entries of one message, at most `MAX_TRANSACTION_RECIPIENTS` together, in the order of their first. */
export function groupByMessage(entries: readonly RemoteEntry[]): RemoteEntry[][] {
  const groups: RemoteEntry[][] = [];
  const open = new Map<string, RemoteEntry[]>();
  for (const entry of entries) {
    let group = open.get(entry.emailId);
    if (group === undefined || group.length >= MAX_TRANSACTION_RECIPIENTS) {
      group = [];
      groups.push(group);
      open.set(entry.emailId, group);
    }
    group.push(entry);
  }
  return groups;
}

/** `entries` are of one message, which has `size` bytes as it is sent; `now` in Unix milliseconds. */
export function transactionOf(entries: readonly RemoteEntry[], size: number, now: number): ClientTransaction {
  const [first] = entries as [RemoteEntry];
  return {
    reversePath: first.reversePath,
    recipients: entries.map((entry) => ({
      forwardPath: entry.forwardPath,
      notify: notifyWords(entry.notify),
      originalRecipient: sayableWord(entry.originalRecipient),
    })),
    size,
    body: first.body,
    smtpUtf8: first.smtpUtf8,
    requireTls: first.requireTls,
    priority: first.priority,
    deliverBy: first.deliverBy && {
      ...first.deliverBy,
      seconds: Math.ceil((first.deliverBy.at - now) / 1_000),
    },
    envelopeId: sayableWord(first.envelopeId),
    returnContent: first.returnContent,
  };
}

/** What of a connection decides whether a message may go over it. */
export interface Server {
  readonly extensions: Extensions;
  readonly remote: string;
  /** TLS is on, and the certificate is the host's. */
  readonly verified: boolean;
}

/** What must be known of a message as it is sent. */
export interface Content {
  /** The header has non-ASCII bytes. */
  readonly utf8Header: boolean;
  /** Bytes. */
  readonly size: number;
}

/** Why this server cannot be given this message, by what it offers; null: it can. */
export function misfit(
  entries: readonly RemoteEntry[],
  { extensions: offered, remote, verified }: Server,
  { utf8Header, size }: Content,
): Condition | null {
  const [first] = entries as [RemoteEntry];
  // RFC 8689 §4.2.1: not a byte of it goes to a server that will not pass it on in the same way.
  if (first.requireTls && !verified)
    return permanent(
      '5.7.10',
      `${remote} has no TLS with a certificate that holds, which this message needs`,
      remote,
    );
  if (first.requireTls && !offered.requireTls)
    return permanent('5.7.30', `${remote} does not offer REQUIRETLS, which this message needs`, remote);
  if (offered.size !== null && offered.size > 0 && size > offered.size)
    return permanent(
      '5.3.4',
      `the message has ${size} bytes, ${remote} takes at most ${offered.size}`,
      remote,
    );
  const utf8Path = [first.reversePath, ...entries.map((entry) => entry.forwardPath)].some(isInternational);
  if (!offered.smtpUtf8 && (utf8Path || (first.smtpUtf8 && utf8Header)))
    return permanent('5.6.7', `${remote} does not offer SMTPUTF8, which this message needs`, remote);
  // RFC 2852 §4.1.2: who would not give it back in time does not get it.
  if (first.deliverBy?.mode === 'return' && offered.deliverBy === null)
    return permanent('5.3.3', `${remote} does not offer DELIVERBY, which this message needs`, remote);
  // RFC 6152 §3, RFC 3030 §3: content with 8-bit bytes is converted or returned, never sent to a server that might mangle it.
  const fits = {
    '7bit': true,
    '8bit': offered.eightBitMime,
    binary: offered.chunking && offered.binaryMime,
  };
  if (!fits[first.body]) return permanent('5.6.3', `${remote} does not take ${first.body} content`, remote);
  return null;
}

/** A path that would break out of its command cannot be delivered anywhere. */
export function unsayable(entry: RemoteEntry): Condition | null {
  if (!isSayable(entry.reversePath)) return permanent('5.1.7', 'the reverse-path cannot be said in SMTP');
  return isSayable(entry.forwardPath) ? null : permanent('5.1.3', 'the forward-path cannot be said in SMTP');
}

export function isInternational(text: string): boolean {
  return /[^\u0000-\u007f]/.test(text);
}

function notifyWords(bits: number): string | undefined {
  if (bits & Notify.Never) return 'NEVER';
  const words = [
    bits & Notify.Success ? 'SUCCESS' : '',
    bits & Notify.Failure ? 'FAILURE' : '',
    bits & Notify.Delay ? 'DELAY' : '',
  ].filter(Boolean);
  return words.length > 0 ? words.join(',') : undefined;
}

function sayableWord(value: string | undefined): string | undefined {
  return value !== undefined && isSayable(value) && !value.includes(' ') ? value : undefined;
}
