import { reply, type ServerReply } from '../../../shared/protocol/smtp/server-reply.ts';

const MAX_TEXT = 400;

/**
 * A reply that a filter or hook asks for: `550 5.7.1 text`, or `fallback` where that is no refusal. Only printable ASCII
 * of its first line is passed on; its status class is that of its code (RFC 3463 §2).
 */
export function foreignReply(said: string, fallback: ServerReply): ServerReply {
  const match = /^([45]\d\d)[ -](?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?([^\r\n]*)/.exec(said);
  if (match === null) return fallback;
  const [, digits = '', status, text = ''] = match;
  const enhanced = status?.[0] === digits[0] ? status! : `${digits[0]}.7.1`;
  return reply(Number(digits), enhanced, printable(text) || fallback.text);
}

/** Text from outside as part of a reply. */
export function printable(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .replace(/[^ -~]/g, '')
    .trim();
}
