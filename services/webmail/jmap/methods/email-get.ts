import { z } from 'zod';
import { isEmailId } from '../../../../shared/mailbox/email-id.ts';
import type { EmailRow } from '../../../../shared/mailbox/email-rows.ts';
import type { EmailId } from '../../../../shared/mailbox/types.ts';
import { boundIds, getArguments, readArguments, unsignedInt } from '../arguments.ts';
import { utcDate } from '../dates.ts';
import { type EmailProperties, needsStructure, readEmailProperties } from '../email/email-properties.ts';
import { emailSource } from '../email/email-source.ts';
import { keywordsOf } from '../email/keywords.ts';
import { messageProperties } from '../email/message-properties.ts';
import { type Call, type JsonObject, type Method, MethodError } from '../method.ts';
import { threadsReady } from '../threads-ready.ts';

export const bodyArguments = {
  bodyProperties: z.array(z.string().max(300)).nullish(),
  fetchTextBodyValues: z.boolean().optional(),
  fetchHTMLBodyValues: z.boolean().optional(),
  fetchAllBodyValues: z.boolean().optional(),
  maxBodyValueBytes: unsignedInt.optional(),
};

const schema = z.strictObject({ ...getArguments, ...bodyArguments });

/** Whole messages are read at once when they are no larger, as long as the page of them stays below this sum. Bytes. */
const WHOLE_BYTES = 65_536;
const PAGE_BYTES = 4_000_000;
const PAGE = 100;

/** RFC 8621 §4.2. */
export const emailGet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const wanted = readEmailProperties(given);
  if (given.ids == null) throw new MethodError('requestTooLarge', 'name the ids of the emails');
  const ids = boundIds(given.ids);
  const { modSeq } = await call.webmail.emails.state(call.accountId);
  const rows = await emailRows(call, ids.filter(isEmailId), wanted.names.has('threadId'));
  const list: JsonObject[] = [];
  const found = ids.flatMap((id) => rows.get(id) ?? []);
  for (let at = 0; at < found.length; at += PAGE)
    list.push(...(await emailPage(call, found.slice(at, at + PAGE), wanted)));
  return {
    accountId: call.accountId,
    state: String(modSeq),
    list,
    notFound: ids.filter((id) => !rows.has(id)),
  };
};

async function emailRows(
  call: Call,
  ids: readonly EmailId[],
  threads: boolean,
): Promise<Map<EmailId, EmailRow>> {
  const rows = await call.webmail.emails.emails(call.accountId, ids);
  if (!threads || ![...rows.values()].some((row) => row.threadId === undefined)) return rows;
  await threadsReady(call);
  return call.webmail.emails.emails(call.accountId, ids);
}

/** Emails with what is wanted of them, in this order. */
export async function emailPage(
  { webmail }: Call,
  rows: readonly EmailRow[],
  wanted: EmailProperties,
): Promise<JsonObject[]> {
  const { storage } = webmail.ports;
  const ids = rows.map((row) => row.emailId);
  const summarised = wanted.names.has('preview') || wanted.names.has('hasAttachment');
  const summaries = summarised ? await webmail.emails.summaries(ids) : undefined;
  const open = rows.filter(({ emailId }) => needsStructure(wanted, summaries?.has(emailId) ?? true));
  const structures = await storage.structures(open.map((row) => row.emailId));
  const whole = readsBytes(wanted) ? wholeOnes(open) : [];
  const bytes = whole.length === 0 ? undefined : await storage.readMany(whole);
  const list: JsonObject[] = [];
  for (const row of rows) {
    const object = rowProperties(row, wanted);
    const stored = structures.get(row.emailId);
    const summary = summaries?.get(row.emailId);
    if (stored !== undefined) {
      const ref = { emailId: row.emailId, slices: [] };
      const source = emailSource(storage, ref, stored.structure, bytes?.get(row.emailId));
      Object.assign(object, await messageProperties(source, wanted, summary));
    } else if (summary !== undefined) {
      if (wanted.names.has('preview')) object.preview = summary.preview;
      if (wanted.names.has('hasAttachment')) object.hasAttachment = summary.hasAttachment;
    }
    list.push(object);
  }
  return list;
}

function readsBytes({ names, headers, fetchAll, fetchHtml, fetchText, body }: EmailProperties): boolean {
  const values = names.has('bodyValues') && (fetchAll || fetchHtml || fetchText);
  const sizes =
    body.names.includes('size') &&
    ['bodyStructure', 'textBody', 'htmlBody', 'attachments'].some((name) => names.has(name as never));
  return (
    values ||
    sizes ||
    headers.length > 0 ||
    names.has('headers') ||
    names.has('references') ||
    names.has('preview')
  );
}

function wholeOnes(rows: readonly EmailRow[]): EmailId[] {
  const taken: EmailId[] = [];
  let bytes = 0;
  for (const { emailId, size } of rows) {
    if (size > WHOLE_BYTES || bytes + size > PAGE_BYTES) continue;
    bytes += size;
    taken.push(emailId);
  }
  return taken;
}

function rowProperties(row: EmailRow, { names }: EmailProperties): JsonObject {
  const object: JsonObject = { id: row.emailId };
  if (names.has('blobId')) object.blobId = row.emailId;
  if (names.has('threadId')) object.threadId = row.threadId ?? row.emailId;
  if (names.has('mailboxIds'))
    object.mailboxIds = Object.fromEntries(row.mailboxes.map(({ mailboxId }) => [mailboxId, true]));
  if (names.has('keywords')) object.keywords = keywordsOf(row.flags, row.keywords);
  if (names.has('size')) object.size = row.size;
  if (names.has('receivedAt')) object.receivedAt = utcDate(row.receivedAt);
  return object;
}
