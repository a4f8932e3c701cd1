import type { Transaction } from 'kysely';
import { rawQuery } from '../database/raw-query.ts';
import type { Schema } from '../database/schema.ts';
import type { EmailId } from '../mailbox/types.ts';
import { bodyViews, hasAttachment } from '../message/body-views.ts';
import type { MessageStructure } from '../message/structure.ts';
import { formatBodyStructure } from '../protocol/imap/format-body-structure.ts';
import { formatEnvelope } from '../protocol/imap/format-envelope.ts';
import type { MessageStorage } from '../storage/port.ts';
import { type MessageBytes, messageText } from './message-text.ts';
import { LOOKED_AT_BYTES, partToShow, previewOf } from './preview.ts';
import { type SortValues, sortValues } from './sort-values.ts';

/** Text of one message that is indexed at most, in UTF-16 units; what has more is searched in its bytes when it may matter. */
export const MAX_TEXT = 1_048_576;
/** Bytes of one ready item: pages of them are in memory at once. */
const MAX_ITEM = 8_192;

/** Stands between texts of a body that have nothing to do with one another; a string that has it is searched in the bytes. */
export const PART_END = '\x1e';

/** What the index holds of a message. */
export interface IndexedMessage {
  readonly emailId: EmailId;
  readonly header: string;
  readonly body: string;
  /** False: there is more text than this. */
  readonly whole: boolean;
  readonly sort: SortValues;
  readonly items: ReadyItems;
  readonly summary: MessageSummary;
}

/** What a list shows of a message. */
export interface MessageSummary {
  readonly preview: string;
  readonly hasAttachment: boolean;
}

/** ENVELOPE and BODYSTRUCTURE as they are sent, a character a byte. */
export interface ReadyItems {
  readonly envelope: string | null;
  readonly bodyStructure: string | null;
}

/** Reads and decodes a message. At most MAX_TEXT and a piece are in memory. */
export async function readForIndex(storage: MessageStorage, message: MessageBytes): Promise<IndexedMessage> {
  const header: string[] = [];
  const body: string[] = [];
  let room = MAX_TEXT;
  let whole = true;
  for await (const { body: inBody, text, ends } of messageText(storage, message, true)) {
    const kept = text.length <= room ? text : text.slice(0, room).toWellFormed();
    if (kept.length < text.length) whole = false;
    (inBody ? body : header).push(kept, ends ? (inBody ? PART_END : '\n') : '');
    room -= kept.length + 1;
    if (room > 0) continue;
    whole = false;
    break;
  }
  return {
    emailId: message.emailId,
    header: header.join(''),
    body: body.join(''),
    whole,
    sort: sortValues(message.structure),
    items: readyItems(message.structure),
    summary: await summaryOf(storage, message),
  };
}

async function summaryOf(
  storage: MessageStorage,
  { emailId, structure, bytes }: MessageBytes,
): Promise<MessageSummary> {
  const attached = hasAttachment(bodyViews(structure.body));
  const part = partToShow(structure);
  if (part === undefined) return { preview: '', hasAttachment: attached };
  const stop = Math.min(part.bodyEnd, part.bodyStart + LOOKED_AT_BYTES);
  const text =
    bytes?.subarray(part.bodyStart, stop) ?? (await storage.readAll(emailId, part.bodyStart, stop));
  const preview = previewOf(part, text, stop === part.bodyEnd).replaceAll('\0', '');
  return { preview, hasAttachment: attached };
}

/** What is longer, and what clients are told differently, is made when it is asked for. */
function readyItems({ envelope, body }: MessageStructure): ReadyItems {
  const ready = formatEnvelope(envelope);
  const bodyStructure = formatBodyStructure(body, true);
  const same = bodyStructure === formatBodyStructure(body, true, true);
  const fits = (text: string): string | null => (text.length <= MAX_ITEM ? text : null);
  return { envelope: fits(ready), bodyStructure: same ? fits(bodyStructure) : null };
}

/** A message whose text cannot be read: it is in no search by the index, so that each search looks into its bytes. */
export function unreadable(message: Pick<MessageBytes, 'emailId' | 'structure'>): IndexedMessage {
  return {
    emailId: message.emailId,
    header: '',
    body: '',
    whole: false,
    sort: sortValues(message.structure),
    items: readyItems(message.structure),
    summary: { preview: '', hasAttachment: hasAttachment(bodyViews(message.structure.body)) },
  };
}

/** Those that are there already, of whatever account, stay as they are. */
export async function insertIndexed(
  trx: Transaction<Schema>,
  messages: readonly IndexedMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  const texts = messages.map(({ emailId, header, body, whole }) => [emailId, header, body, whole]);
  await trx.executeQuery(insertQuery(TEXT_COLUMNS, TEXT_TYPES, texts));
  const items = messages.map(({ emailId, items: { envelope, bodyStructure } }) => [
    emailId,
    envelope,
    bodyStructure,
  ]);
  await trx.executeQuery(insertQuery(ITEM_COLUMNS, ITEM_TYPES, items));
  const summaries = messages.map(({ emailId, summary }) => [emailId, summary.preview, summary.hasAttachment]);
  await trx.executeQuery(insertQuery(SUMMARY_COLUMNS, SUMMARY_TYPES, summaries));
  const values = messages.map(({ emailId, sort }) => [
    emailId,
    sort.sentAt,
    sort.sentDay,
    sort.subject,
    sort.isReply,
    sort.from,
    sort.to,
    sort.cc,
    sort.displayFrom,
    sort.displayTo,
    sort.messageIds,
  ]);
  await trx.executeQuery(insertQuery(SORT_COLUMNS, SORT_TYPES, values));
}

const TEXT_COLUMNS = 'message_text (email_id, header, body, whole)';
const TEXT_TYPES = ['uuid', 'text', 'text', 'boolean'];
const ITEM_COLUMNS = 'message_items (email_id, envelope, body_structure)';
const ITEM_TYPES = ['uuid', 'text', 'text'];
const SUMMARY_COLUMNS = 'message_summary (email_id, preview, has_attachment)';
const SUMMARY_TYPES = ['uuid', 'text', 'boolean'];
const SORT_COLUMNS =
  'message_sort (email_id, sent_at, sent_day, subject, is_reply, from_mailbox, to_mailbox, cc_mailbox, from_display, to_display, message_ids)';
const SORT_TYPES = ['uuid', 'bigint', 'int', 'text', 'boolean', ...new Array<string>(6).fill('text')];

function insertQuery(into: string, types: readonly string[], rows: readonly (readonly unknown[])[]) {
  let number = 0;
  const values = rows.map(() => `(${types.map((type) => `$${++number}::${type}`).join(',')})`);
  return rawQuery(
    `insert into ${into} values ${values.join(',')} on conflict (email_id) do nothing`,
    rows.flat(),
  );
}
