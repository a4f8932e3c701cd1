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

/** How many bytes a remote gets: our Return-Path line stays here. */
export function bytesToSend(entry: RemoteEntry): number {
  return entry.size - entry.returnPathBytes;
}

/** `entries` are of one message. */
export function transactionOf(entries: readonly RemoteEntry[]): ClientTransaction {
  const [first] = entries as [RemoteEntry];
  return {
    reversePath: first.reversePath,
    recipients: entries.map((entry) => ({
      forwardPath: entry.forwardPath,
      notify: notifyWords(entry.notify),
      originalRecipient: sayableWord(entry.originalRecipient),
    })),
    size: bytesToSend(first),
    body: first.body === '7bit' ? '7bit' : '8bit',
    smtpUtf8: first.smtpUtf8,
    envelopeId: sayableWord(first.envelopeId),
    returnContent: first.returnContent,
  };
}

/** Why this server cannot be given this message, by what it offers; null: it can. `utf8Header`: the header has non-ASCII bytes. */
export function misfit(
  entries: readonly RemoteEntry[],
  offered: Extensions,
  utf8Header: boolean,
  remote: string,
): Condition | null {
  const [first] = entries as [RemoteEntry];
  if (offered.size !== null && offered.size > 0 && bytesToSend(first) > offered.size)
    return permanent(
      '5.3.4',
      `the message has ${bytesToSend(first)} bytes, ${remote} takes at most ${offered.size}`,
      remote,
    );
  const utf8Path = [first.reversePath, ...entries.map((entry) => entry.forwardPath)].some(isInternational);
  if (!offered.smtpUtf8 && (utf8Path || (first.smtpUtf8 && utf8Header)))
    return permanent('5.6.7', `${remote} does not offer SMTPUTF8, which this message needs`, remote);
  // RFC 6152 §3: content with 8-bit bytes is converted or returned, never sent to a server that might mangle it.
  if (first.body === 'binary' || (first.body === '8bit' && !offered.eightBitMime))
    return permanent('5.6.3', `${remote} does not take ${first.body} content`, remote);
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
