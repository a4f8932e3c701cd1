import { createHash } from 'node:crypto';
import { parseDate } from '../message/date.ts';
import { messageId } from '../message/message-id.ts';
import type { Address, MessageStructure } from '../message/structure.ts';
import { baseSubject } from '../message/subject.ts';
import { decodeField, fold } from './fold.ts';

/** What SORT and THREAD compare of a message (RFC 5256, RFC 5957). Strings are folded, on one line, of at most MAX_VALUE units. */
export interface SortValues {
  /** Of the Date field, Unix time in milliseconds; null: none, or none that can be read. */
  readonly sentAt: number | null;
  /** Its day as written, whatever its zone (RFC 9051 §6.4.4 SENTON): days since 1970-01-01. */
  readonly sentDay: number | null;
  readonly subject: string;
  readonly isReply: boolean;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly displayFrom: string;
  readonly displayTo: string;
  /** Hashes of its Message-ID (`-`: it has none) and of its References, oldest first, a space between them. */
  readonly messageIds: string;
}

/** Longer strings are told apart by so much. Bounds what a sort of 10^5 messages holds in memory. */
const MAX_VALUE = 256;
/** Of a thread's path the root and the latest matter. */
const MAX_REFERENCES = 20;
const DAY_MS = 86_400_000;

export function sortValues({ envelope, references }: MessageStructure): SortValues {
  const date = parseDate(envelope.date ?? '');
  const subject = baseSubject(decodeField(envelope.subject ?? ''));
  const kept =
    references.length <= MAX_REFERENCES
      ? references
      : [references[0]!, ...references.slice(1 - MAX_REFERENCES)];
  const own = messageId(envelope.messageId);
  return {
    sentAt: date === null ? null : date.unixMs,
    sentDay: date === null ? null : Math.floor((date.unixMs + date.zoneMinutes * 60_000) / DAY_MS),
    subject: lineFor(subject.base),
    isReply: subject.isReplyOrForward,
    from: lineFor(mailboxOf(envelope.from)),
    to: lineFor(mailboxOf(envelope.to)),
    cc: lineFor(mailboxOf(envelope.cc)),
    displayFrom: lineFor(displayOf(envelope.from)),
    displayTo: lineFor(displayOf(envelope.to)),
    messageIds: [own === null ? '-' : hashOf(own), ...kept.map(hashOf)].join(' '),
  };
}

/** addr-mailbox of the first address (RFC 5256 §3 FROM). */
function mailboxOf(addresses: readonly Address[]): string {
  return decodeField(addresses[0]?.mailbox ?? '');
}

/** RFC 5957 §3: the display name, else the address; of a group its name. */
function displayOf(addresses: readonly Address[]): string {
  const first = addresses[0];
  if (first === undefined) return '';
  if (first.name !== null && first.name !== '') return decodeField(first.name);
  return decodeField(first.host === null ? (first.mailbox ?? '') : `${first.mailbox}@${first.host}`);
}

function lineFor(text: string): string {
  const line = text.slice(0, MAX_VALUE).replace(CONTROLS, ' ').toWellFormed();
  return fold(line).slice(0, MAX_VALUE).toWellFormed();
}

const CONTROLS = /[\0-\x1f\x7f]+/g;

/** 64 bits of a Message-ID: enough to tell those of an account apart. */
function hashOf(id: string): string {
  return createHash('sha256').update(id).digest().toString('base64url', 0, 8);
}

/**
 * The keys by which messages find their thread (RFC 8621 §3): one for its own Message-ID and each of its
 * references, each with the base subject. 53 bits.
 */
export function threadKeys({ messageIds, subject }: Pick<SortValues, 'messageIds' | 'subject'>): number[] {
  const ids = messageIds.split(' ').filter((id) => id !== '-');
  return [...new Set(ids)].map((id) => {
    const hash = createHash('sha256').update(`${id} ${subject}`).digest();
    return hash.readUIntBE(0, 6) * 32 + (hash[6]! & 31);
  });
}
