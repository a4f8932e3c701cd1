import { z } from 'zod';
import { headerFields } from '../../../../shared/message/header.ts';
import { StructureParser } from '../../../../shared/message/parser.ts';
import { readArguments } from '../arguments.ts';
import { type FoundBlob, findBlobs } from '../blob/find-blob.ts';
import { blobSize, readBlob } from '../blob/read-blob.ts';
import { type EmailProperties, readEmailProperties } from '../email/email-properties.ts';
import { emailSource } from '../email/email-source.ts';
import { messageProperties } from '../email/message-properties.ts';
import { type Call, type JsonObject, type Method, MethodError } from '../method.ts';
import { bodyArguments } from './email-get.ts';

const schema = z.strictObject({
  accountId: z.string(),
  blobIds: z.array(z.string().max(255)),
  properties: z.array(z.string().max(300)).nullish(),
  ...bodyArguments,
});

const MAX_BLOBS = 50;

/** RFC 8621 §4.9. */
export const emailParse: Method = async (call, args) => {
  const given = readArguments(schema, args);
  if (given.blobIds.length > MAX_BLOBS)
    throw new MethodError('requestTooLarge', `at most ${MAX_BLOBS} blobs`);
  const wanted = readEmailProperties(given, true);
  const blobs = await findBlobs(call.webmail, call.accountId, given.blobIds);
  const parsed: JsonObject = {};
  const notParsable: string[] = [];
  for (const [blobId, blob] of blobs) {
    const email = await parse(call, blobId, blob, wanted);
    if (email === undefined) notParsable.push(blobId);
    else parsed[blobId] = email;
  }
  const notFound = given.blobIds.filter((blobId) => !blobs.has(blobId));
  return {
    accountId: call.accountId,
    parsed: Object.keys(parsed).length === 0 ? null : parsed,
    notParsable: notParsable.length === 0 ? null : notParsable,
    notFound: notFound.length === 0 ? null : notFound,
  };
};

async function parse(
  { webmail }: Call,
  blobId: string,
  { ref, stored, content }: FoundBlob,
  wanted: EmailProperties,
): Promise<JsonObject | undefined> {
  const { storage } = webmail.ports;
  if (content !== undefined) return undefined;
  const parser = new StructureParser();
  for await (const piece of readBlob(storage, ref)) parser.write(piece);
  const structure = parser.end();
  const source = emailSource(storage, ref, structure);
  const { headerStart, bodyStart } = structure.body;
  if (headerFields(await source.read(headerStart, bodyStart)).length === 0) return undefined;
  const email = await messageProperties(source, wanted);
  if (wanted.names.has('blobId')) email.blobId = blobId;
  if (wanted.names.has('size')) email.size = await blobSize(storage, ref, stored);
  // It is nowhere.
  for (const name of ['id', 'threadId', 'mailboxIds', 'keywords', 'receivedAt'] as const)
    if (wanted.names.has(name)) email[name] = null;
  return email;
}
