import type { Context } from 'hono';
import { authenticate } from '../../log-in/authenticate.ts';
import { RequestRefused } from '../../problem.ts';
import { connectionOf, headOf } from '../../request.ts';
import type { Webmail } from '../../webmail.ts';
import { limit } from '../api.ts';

/** What one account may have uploaded and not used, within a day. */
const MAX_UPLOADS = 2_000;
const MAX_UPLOADED_BYTES = 1_000_000_000;
const MAX_TYPE_CHARS = 255;

/** POST to the session's uploadUrl (RFC 8620 §6.1): straight into storage, a chunk at a time. */
export async function upload(webmail: Webmail, context: Context): Promise<Response> {
  const { account } = await authenticate(webmail, headOf(context), connectionOf(webmail, context));
  if (context.req.param('accountId') !== account.accountId)
    throw new RequestRefused(404, 'notFound', 'there is no such account');
  const endTurn = await webmail.uploadSlots.take(account.accountId);
  if (endTurn === undefined) throw limit('maxConcurrentUpload', 'too many uploads at the same time', 429);
  try {
    const { uploads, bytes } = await webmail.uploads.total(account.accountId);
    if (uploads >= MAX_UPLOADS || bytes >= MAX_UPLOADED_BYTES)
      throw limit('maxUploads', 'too much was uploaded and not used: try again tomorrow', 429);
    const type = (context.req.header('content-type') ?? 'application/octet-stream').slice(0, MAX_TYPE_CHARS);
    const stored = await store(webmail, context.req.raw.body, Number(context.req.header('content-length')));
    await webmail.uploads.add(account.accountId, { ...stored, type });
    const { emailId: blobId, size } = stored;
    return context.json({ accountId: account.accountId, blobId, type, size }, 201);
  } finally {
    endTurn();
  }
}

async function store(
  { ports, config }: Webmail,
  body: AsyncIterable<Uint8Array> | null,
  declared: number,
): Promise<{ emailId: string; size: number }> {
  const max = config.maxMessageBytes;
  const tooLarge = () => limit('maxSizeUpload', `an upload has at most ${max} bytes`, 413);
  if (declared > max) throw tooLarge();
  const writer = ports.storage.create();
  let size = 0;
  try {
    for await (const piece of body ?? []) {
      size += piece.length;
      if (size > max) throw tooLarge();
      await writer.write(piece);
    }
    await ports.storage.commit(await writer.finish());
  } catch (error) {
    await writer.abort().catch(() => undefined);
    throw error;
  }
  return { emailId: writer.emailId, size };
}
