import type { Address, EnvelopeStructure } from '../../message/structure.ts';
import { formatNstring } from './format-string.ts';

/** ENVELOPE of RFC 3501 §7.4.2, parentheses included. */
export function formatEnvelope(envelope: EnvelopeStructure): string {
  const { from } = envelope;
  return `(${formatNstring(envelope.date)} ${formatNstring(envelope.subject)} ${formatAddresses(from)} ${formatAddresses(
    envelope.sender.length > 0 ? envelope.sender : from,
  )} ${formatAddresses(envelope.replyTo.length > 0 ? envelope.replyTo : from)} ${formatAddresses(
    envelope.to,
  )} ${formatAddresses(envelope.cc)} ${formatAddresses(envelope.bcc)} ${formatNstring(
    envelope.inReplyTo,
  )} ${formatNstring(envelope.messageId)})`;
}

function formatAddresses(addresses: readonly Address[]): string {
  if (addresses.length === 0) return 'NIL';
  let text = '(';
  for (const { name, route, mailbox, host } of addresses) {
    text += `(${formatNstring(name)} ${formatNstring(route)} ${formatNstring(mailbox)} ${formatNstring(host)})`;
  }
  return `${text})`;
}
