import { createHash, type Hash } from 'node:crypto';
import { z } from 'zod';
import { boundIds, readArguments, unsignedInt } from '../arguments.ts';
import { blobBytes, sizeOfBlob } from '../blob/blob-bytes.ts';
import { type FoundBlob, findBlobs } from '../blob/find-blob.ts';
import { type Call, type JsonObject, type Method, MethodError } from '../method.ts';

const schema = z.strictObject({
  accountId: z.string(),
  ids: z.array(z.string().max(255)),
  properties: z.array(z.string().max(100)).nullish(),
  offset: unsignedInt.nullish(),
  length: unsignedInt.nullish(),
});

/** `supportedDigestAlgorithms` (RFC 9404 §3), by what Node calls them. */
export const DIGESTS: Readonly<Record<string, string>> = {
  sha: 'sha1',
  'sha-256': 'sha256',
  'sha-512': 'sha512',
};
const PROPERTIES = new Set([
  'data',
  'data:asText',
  'data:asBase64',
  'size',
  ...Object.keys(DIGESTS).map((name) => `digest:${name}`),
]);
const DEFAULTS = ['data', 'size'];
/** Data of one call, all blobs together. */
const MAX_DATA_BYTES = 8_000_000;

/** RFC 9404 §4.2. */
export const blobGet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const wanted = new Set(given.properties ?? DEFAULTS);
  for (const name of wanted)
    if (name !== 'id' && !PROPERTIES.has(name))
      throw new MethodError('invalidArguments', `there is no property ${name}`);
  const ids = boundIds(given.ids);
  const blobs = await findBlobs(call.webmail, call.accountId, ids);
  const list: JsonObject[] = [];
  const room = { bytes: MAX_DATA_BYTES };
  for (const id of ids) {
    const blob = blobs.get(id);
    if (blob !== undefined)
      list.push({
        id,
        ...(await blobObject(call, blob, wanted, given.offset ?? 0, given.length ?? null, room)),
      });
  }
  return { accountId: call.accountId, list, notFound: ids.filter((id) => !blobs.has(id)) };
};

async function blobObject(
  { webmail }: Call,
  blob: FoundBlob,
  wanted: ReadonlySet<string>,
  offset: number,
  length: number | null,
  room: { bytes: number },
): Promise<JsonObject> {
  const { storage } = webmail.ports;
  const object: JsonObject = {};
  const size = await sizeOfBlob(storage, blob);
  if (wanted.has('size')) object.size = size;
  const end = length === null ? size : offset + length;
  if (end > size || offset > size) object.isTruncated = true;
  const digests: [string, Hash][] = Object.entries(DIGESTS)
    .filter(([name]) => wanted.has(`digest:${name}`))
    .map(([name, algorithm]) => [name, createHash(algorithm)]);
  const data = ['data', 'data:asText', 'data:asBase64'].some((name) => wanted.has(name));
  if (!data && digests.length === 0) return object;
  const pieces: Buffer[] = [];
  for await (const piece of blobBytes(storage, blob, offset, Math.min(end, size))) {
    for (const [, hash] of digests) hash.update(piece);
    if (!data) continue;
    room.bytes -= piece.length;
    if (room.bytes < 0) throw new MethodError('requestTooLarge', 'ask for less data, by offset and length');
    pieces.push(piece);
  }
  for (const [name, hash] of digests) object[`digest:${name}`] = hash.digest('base64');
  if (data) Object.assign(object, dataProperties(Buffer.concat(pieces), wanted));
  return object;
}

/** RFC 9404 §4.2: `data` is text where it can be. */
function dataProperties(bytes: Buffer, wanted: ReadonlySet<string>): JsonObject {
  const object: JsonObject = {};
  const text = asText(bytes);
  if (wanted.has('data:asText') || (wanted.has('data') && text !== null)) object['data:asText'] = text;
  if (text === null && (wanted.has('data:asText') || wanted.has('data'))) object.isEncodingProblem = true;
  if (wanted.has('data:asBase64') || (wanted.has('data') && text === null))
    object['data:asBase64'] = bytes.toString('base64');
  return object;
}

function asText(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
