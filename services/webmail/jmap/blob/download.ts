import { Readable } from 'node:stream';
import type { Context } from 'hono';
import { authenticate } from '../../log-in/authenticate.ts';
import { RequestRefused } from '../../problem.ts';
import { connectionOf, headOf } from '../../request.ts';
import type { Webmail } from '../../webmail.ts';
import { blobBytes, sizeOfBlob } from './blob-bytes.ts';
import { findBlob } from './find-blob.ts';
import { isEncoded } from './read-blob.ts';

const TYPE =
  /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:; ?[\w-]{1,50}=(?:[\w.:+-]{1,100}|"[^"\\\r\n]{1,100}"))*$/;
/** What a browser may show by itself, in a document that can do nothing. */
const SHOWN =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf|text\/plain)$/;

/** GET of the session's downloadUrl (RFC 8620 §6.2), with Range (RFC 9110 §14). */
export async function download(webmail: Webmail, context: Context): Promise<Response> {
  const { account } = await authenticate(webmail, headOf(context), connectionOf(webmail, context));
  const { accountId, blobId, name } = context.req.param() as Record<'accountId' | 'blobId' | 'name', string>;
  const found = accountId === account.accountId ? await findBlob(webmail, accountId, blobId) : undefined;
  if (found === undefined) throw new RequestRefused(404, 'notFound', 'there is no such blob');
  const { storage } = webmail.ports;
  const given = context.req.query('type') ?? found.type ?? '';
  const type = TYPE.test(given) ? given : 'application/octet-stream';
  const inline = context.req.query('inline') === '1' && SHOWN.test(type.split(';')[0]!.toLowerCase());
  const headers: Record<string, string> = {
    'content-type': type,
    'content-disposition': `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeName(name)}`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'cache-control': 'private, immutable, max-age=31536000',
    'accept-ranges': 'bytes',
    etag: `"${blobId}"`,
  };
  if (context.req.header('if-none-match') === headers.etag) return context.body(null, 304, headers);
  const range = context.req.header('range');
  const counted = range !== undefined || !found.ref.slices.some(isEncoded);
  if (!counted) return context.body(streamOf(blobBytes(storage, found)), 200, headers);
  const size = await sizeOfBlob(storage, found);
  const part = range === undefined ? undefined : readRange(range, size);
  if (part === 'unsatisfiable')
    return context.body(null, 416, { ...headers, 'content-range': `bytes */${size}` });
  if (part === undefined) {
    headers['content-length'] = String(size);
    return context.body(streamOf(blobBytes(storage, found)), 200, headers);
  }
  headers['content-length'] = String(part.end - part.start);
  headers['content-range'] = `bytes ${part.start}-${part.end - 1}/${size}`;
  return context.body(streamOf(blobBytes(storage, found, part.start, part.end)), 206, headers);
}

const streamOf = (bytes: AsyncIterable<Buffer>): ReadableStream =>
  Readable.toWeb(Readable.from(bytes, { objectMode: false, highWaterMark: 65_536 })) as ReadableStream;

/** RFC 8187 §3.2.1. */
function encodeName(name: string): string {
  return encodeURIComponent(
    name
      .replace(/[\p{Cc}/\\]/gu, '_')
      .slice(0, 200)
      .toWellFormed(),
  ).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** One range alone; what else is asked for is answered by the whole (RFC 9110 §14.2). */
export function readRange(
  header: string,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return undefined;
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (start >= size) return 'unsatisfiable';
  return end <= start ? undefined : { start, end };
}
