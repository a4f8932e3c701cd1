import { parseAddressList } from './address.ts';
import { asBuffer, fieldValue, type HeaderField, headerFields } from './header.ts';
import { boundReferences, messageIds } from './message-id.ts';
import type { Address, EnvelopeStructure } from './structure.ts';

/**
 * The ENVELOPE of a header block (RFC 9051 §7.5.2). Sender and Reply-To are From where absent or empty, as that
 * section asks. Of a field that occurs twice the first counts, but To, Cc and Bcc go on (RFC 5322 §4.5.3).
 */
export function readEnvelope(bytes: Uint8Array): EnvelopeStructure {
  return envelopeOf(bytes, headerFields(bytes));
}

export function envelopeOf(bytes: Uint8Array, fields: readonly HeaderField[]): EnvelopeStructure {
  const buffer = asBuffer(bytes);
  let date: string | null = null;
  let subject: string | null = null;
  let inReplyTo: string | null = null;
  let messageId: string | null = null;
  let from: string | null = null;
  let sender: string | null = null;
  let replyTo: string | null = null;
  let to: string | null = null;
  let cc: string | null = null;
  let bcc: string | null = null;
  for (const field of fields) {
    switch (field.name) {
      case 'date':
        date ??= fieldValue(buffer, field);
        break;
      case 'subject':
        subject ??= fieldValue(buffer, field);
        break;
      case 'from':
        from ??= fieldValue(buffer, field);
        break;
      case 'sender':
        sender ??= fieldValue(buffer, field);
        break;
      case 'reply-to':
        replyTo ??= fieldValue(buffer, field);
        break;
      case 'to':
        to = join(to, fieldValue(buffer, field));
        break;
      case 'cc':
        cc = join(cc, fieldValue(buffer, field));
        break;
      case 'bcc':
        bcc = join(bcc, fieldValue(buffer, field));
        break;
      case 'in-reply-to':
        inReplyTo ??= fieldValue(buffer, field);
        break;
      case 'message-id':
        messageId ??= fieldValue(buffer, field);
        break;
    }
  }
  const authors = addresses(from);
  return {
    date,
    subject,
    from: authors,
    sender: orElse(addresses(sender), authors),
    replyTo: orElse(addresses(replyTo), authors),
    to: addresses(to),
    cc: addresses(cc),
    bcc: addresses(bcc),
    inReplyTo,
    messageId,
  };
}

/** Message-IDs of References, else the first of In-Reply-To (RFC 5256 §3 REFERENCES step 1). */
export function referencesOf(bytes: Uint8Array, fields: readonly HeaderField[]): readonly string[] {
  const buffer = asBuffer(bytes);
  const field = (name: string) => fields.find((each) => each.name === name);
  const references = field('references');
  const ids = references === undefined ? [] : messageIds(fieldValue(buffer, references));
  if (ids.length > 0) return boundReferences(ids);
  const inReplyTo = field('in-reply-to');
  return inReplyTo === undefined ? [] : messageIds(fieldValue(buffer, inReplyTo)).slice(0, 1);
}

function addresses(value: string | null): readonly Address[] {
  return value === null ? [] : parseAddressList(value);
}

function orElse(list: readonly Address[], authors: readonly Address[]): readonly Address[] {
  return list.length > 0 ? list : authors;
}

function join(before: string | null, more: string): string {
  return before === null ? more : `${before}, ${more}`;
}
