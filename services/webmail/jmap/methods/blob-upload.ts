import { z } from 'zod';
import { readArguments, unsignedInt } from '../arguments.ts';
import { blobBytes, sizeOfBlob } from '../blob/blob-bytes.ts';
import { findBlob } from '../blob/find-blob.ts';
import { storeMessage } from '../compose/store-message.ts';
import { CORE_LIMITS } from '../limits.ts';
import { type Call, type JsonObject, type Method, MethodError, SetError } from '../method.ts';
import { asSetError, invalidProperties, madeId, resolveId } from '../set.ts';

export const MAX_DATA_SOURCES = 64;

const source = z.union([
  z.strictObject({ 'data:asText': z.string() }),
  z.strictObject({ 'data:asBase64': z.string() }),
  z.strictObject({
    blobId: z.string().max(255),
    offset: unsignedInt.nullish(),
    length: unsignedInt.nullish(),
  }),
]);
const object = z.strictObject({
  data: z.array(source).min(1).max(MAX_DATA_SOURCES),
  type: z.string().max(255).nullish(),
});
const schema = z.strictObject({ accountId: z.string(), create: z.record(z.string().max(255), z.unknown()) });

/** RFC 9404 §4.1. */
export const blobUpload: Method = async (call, args) => {
  const { create } = readArguments(schema, args);
  if (Object.keys(create).length > CORE_LIMITS.maxObjectsInSet) throw new MethodError('requestTooLarge');
  const created: JsonObject = {};
  const notCreated: Record<string, SetError> = {};
  for (const [creationId, given] of Object.entries(create)) {
    try {
      const made = await make(call, given);
      created[creationId] = made;
      madeId(call, creationId, made.id);
    } catch (error) {
      notCreated[creationId] = asSetError(error);
    }
  }
  return {
    accountId: call.accountId,
    created: Object.keys(created).length === 0 ? null : created,
    notCreated: Object.keys(notCreated).length === 0 ? null : notCreated,
  };
};

async function make(call: Call, given: unknown): Promise<{ id: string; type: string; size: number }> {
  const result = object.safeParse(given);
  if (!result.success) throw invalidProperties([String(result.error.issues[0]?.path[0] ?? 'data')]);
  const { data, type } = result.data;
  const { webmail, accountId } = call;
  const { uploads } = await webmail.uploads.total(accountId);
  if (uploads >= MAX_UPLOADS) throw new SetError('overQuota', 'too much was uploaded and not used');
  const { emailId, size } = await storeMessage(webmail, bytesOf(call, data));
  const own = type ?? 'application/octet-stream';
  await webmail.uploads.add(accountId, { emailId, size, type: own });
  return { id: emailId, type: own, size };
}

const MAX_UPLOADS = 2_000;

async function* bytesOf(call: Call, sources: readonly z.infer<typeof source>[]): AsyncGenerator<Buffer> {
  for (const one of sources) {
    if ('data:asText' in one) yield Buffer.from(one['data:asText']);
    else if ('data:asBase64' in one) {
      if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(one['data:asBase64'])) throw invalidProperties(['data']);
      yield Buffer.from(one['data:asBase64'], 'base64');
    } else yield* sliceOf(call, one);
  }
}

async function* sliceOf(
  call: Call,
  { blobId, offset, length }: { blobId: string; offset?: number | null; length?: number | null },
): AsyncGenerator<Buffer> {
  const { storage } = call.webmail.ports;
  const blob = await findBlob(call.webmail, call.accountId, resolveId(call, blobId));
  if (blob === undefined) throw new SetError('blobNotFound', undefined, { notFound: [blobId] });
  const start = offset ?? 0;
  const size = await sizeOfBlob(storage, blob);
  const end = length == null ? size : start + length;
  if (start > size || end > size) throw invalidProperties(['data'], 'the range is not within the blob');
  yield* blobBytes(storage, blob, start, end);
}
