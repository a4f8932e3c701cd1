import { type Field, formatAddress, formatFields } from '../message/compose.ts';
import { formatDate } from '../message/date.ts';
import { decodeWords, encodeWords } from '../message/encoded-word.ts';
import { addressesIn } from './address-part.ts';
import { base64Lines, withCrlf } from './base64-lines.ts';
import type { SieveHeader } from './header.ts';
import type { SieveVacation } from './run.ts';

/** Local parts that no person reads (RFC 5230 §4.6, RFC 3834 §2). */
const ROBOT =
  /^(?:owner-.*|.*-(?:request|owner|bounces?|relay)|mailer-daemon|listserv|majordomo|postmaster|no-?reply|donotreply|bounces?)$/i;
const ROBOT_BY_FIELD = [
  'list-id',
  'list-help',
  'list-subscribe',
  'list-unsubscribe',
  'list-post',
  'list-owner',
  'list-archive',
];
/** RFC 5230 §4.5. */
const ADDRESSEES = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'];

/** Whether an automatic reply may go to this sender (RFC 5230 §4.5, §4.6; RFC 3834 §2). @param own any letter case */
export function mayReply(header: SieveHeader, reversePath: string, own: readonly string[]): boolean {
  if (reversePath === '') return false;
  const mine = new Set(own.map((address) => address.toLowerCase()));
  if (mine.has(reversePath.toLowerCase())) return false;
  if (ROBOT.test(reversePath.slice(0, reversePath.lastIndexOf('@')))) return false;
  if (ROBOT_BY_FIELD.some((name) => header.named(name).length > 0)) return false;
  const first = (name: string): string => header.named(name)[0]?.value.toLowerCase() ?? '';
  if (!/^(?:|no\b.*)$/.test(first('auto-submitted'))) return false;
  if (/^(?:bulk|junk|list)\b/.test(first('precedence'))) return false;
  if (header.named('x-auto-response-suppress').some(({ value }) => /\b(?:all|oof)\b/i.test(value)))
    return false;
  return ADDRESSEES.some((name) =>
    header
      .named(name)
      .flatMap(addressesIn)
      .some((address) => mine.has(address.toLowerCase())),
  );
}

export interface VacationReplyOptions {
  readonly vacation: SieveVacation;
  readonly header: SieveHeader;
  /** Who is away: the address the message came to. */
  readonly from: string;
  readonly to: string;
  /** Unix milliseconds. */
  readonly now: number;
  /** Without angle brackets. */
  readonly messageId: string;
}

/** The message that says so (RFC 5230 §5, RFC 3834 §3). Its reverse-path is the null one. */
export function composeVacationReply(options: VacationReplyOptions): Buffer {
  const { vacation, header, from, to, now, messageId } = options;
  const original = header.named('subject')[0];
  const subject = vacation.subject ?? `Auto: ${original === undefined ? '' : decodeWords(original.value)}`;
  const replied = header.named('message-id')[0]?.value ?? '';
  const before = header.named('references')[0]?.value ?? header.named('in-reply-to')[0]?.value ?? '';
  const fields: Field[] = [
    ['From', vacation.from ?? from],
    ['To', formatAddress(null, to)],
    ['Subject', encodeWords(subject.replace(/[\r\n]+/g, ' ').slice(0, MAX_SUBJECT))],
    ['Date', formatDate(now)],
    ['Message-ID', `<${messageId}>`],
    ['Auto-Submitted', 'auto-replied'],
    ['MIME-Version', '1.0'],
  ];
  if (MESSAGE_ID.test(replied)) {
    fields.push(['In-Reply-To', replied]);
    const references = before.match(/<[^<>\s]{1,250}>/g)?.slice(-MAX_REFERENCES) ?? [];
    fields.push(['References', [...references, replied].join(' ')]);
  }
  if (vacation.mime) return Buffer.from(formatFields(fields) + withCrlf(vacation.reason));
  fields.push(['Content-Type', 'text/plain; charset=utf-8'], ['Content-Transfer-Encoding', 'base64']);
  return Buffer.from(`${formatFields(fields)}\r\n${base64Lines(vacation.reason)}`);
}

const MESSAGE_ID = /^<[^<>\s]{1,250}>$/;
const MAX_REFERENCES = 20;
const MAX_SUBJECT = 500;
