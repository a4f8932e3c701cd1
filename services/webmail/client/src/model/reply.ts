import type { Email, EmailAddress } from '../jmap/types.ts';
import { sameAddress, uniqueAddresses } from './addresses.ts';

export interface ReplyHeaders {
  readonly to: readonly EmailAddress[];
  readonly cc: readonly EmailAddress[];
  readonly subject: string;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
}

/** RFC 5322 §3.6.4 keeps the whole chain; a thread of thousands would make the field larger than the message. */
const MAX_REFERENCES = 100;

/** To whom an answer goes (RFC 5322 §3.6.3); `own` are the addresses of whoever answers. */
export function replyHeaders(email: Email, own: readonly string[], all: boolean): ReplyHeaders {
  const sender = email.replyTo?.length ? email.replyTo : (email.from ?? []);
  const isOwn = sender.length > 0 && sender.every((one) => own.some((mine) => sameAddress(mine, one.email)));
  // An answer to what oneself wrote goes to whom it was written.
  const to = uniqueAddresses(isOwn && email.to?.length ? email.to : sender);
  const others = all ? [...(isOwn ? [] : (email.to ?? [])), ...(email.cc ?? [])] : [];
  return {
    to,
    cc: uniqueAddresses(others, [...own, ...to.map((one) => one.email)]),
    subject: prefixed('Re', email.subject ?? ''),
    inReplyTo: email.messageId ?? [],
    references: referencesOf(email),
  };
}

export function forwardSubject(email: Email): string {
  return prefixed('Fwd', email.subject ?? '');
}

function referencesOf(email: Email): readonly string[] {
  const chain = email.references?.length ? email.references : (email.inReplyTo ?? []);
  const whole = [...chain, ...(email.messageId ?? [])];
  // The first one is the root of the thread, the last ones are its nearest.
  return whole.length <= MAX_REFERENCES ? whole : [whole[0]!, ...whole.slice(1 - MAX_REFERENCES)];
}

const PREFIXES = {
  // Of the languages that are met most; AW, RV, TR and the like would pile up otherwise.
  Re: /^\s*(?:re|aw|sv|vs|antw|rif|r)\s*(?:\[\d{1,3}\])?\s*:/i,
  Fwd: /^\s*(?:fwd?|wg|rv|tr|i|vb|vl)\s*(?:\[\d{1,3}\])?\s*:/i,
};

function prefixed(prefix: 'Re' | 'Fwd', subject: string): string {
  return PREFIXES[prefix].test(subject) ? subject : `${prefix}: ${subject}`.trim();
}

/** Each line with `> ` before it; what was quoted already gets one more `>`. */
export function quoteText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : line === '' ? '>' : `> ${line}`))
    .join('\n');
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function textAsHtml(text: string): string {
  return escapeHtml(text).replace(/\n/g, '<br>');
}
