import { z } from 'zod';
import { boundIds, readArguments } from '../arguments.ts';
import { readBlobId } from '../blob/blob-id.ts';
import { findBlobs } from '../blob/find-blob.ts';
import { type Method, MethodError } from '../method.ts';
import { threadsReady } from '../threads-ready.ts';

export const LOOKED_UP_TYPES = ['Mailbox', 'Thread', 'Email'];

const schema = z.strictObject({
  accountId: z.string(),
  typeNames: z.array(z.string().max(100)),
  ids: z.array(z.string().max(255)),
});

/** RFC 9404 §4.3: which emails have it, or a part of it, and where those are. */
export const blobLookup: Method = async (call, args) => {
  const { typeNames, ids: given } = readArguments(schema, args);
  if (typeNames.some((name) => !LOOKED_UP_TYPES.includes(name))) throw new MethodError('unknownDataType');
  const ids = boundIds(given);
  const { webmail, accountId } = call;
  if (typeNames.includes('Thread')) await threadsReady(call);
  const blobs = await findBlobs(webmail, accountId, ids);
  const emailIds = [...new Set(ids.flatMap((id) => readBlobId(id)?.emailId ?? []))];
  const emails = await webmail.emails.emails(accountId, emailIds);
  const list = ids.flatMap((id) => {
    if (!blobs.has(id)) return [];
    const email = emails.get(readBlobId(id)?.emailId ?? '');
    const matched: Record<string, string[]> = {
      Mailbox: [...new Set(email?.mailboxes.map(({ mailboxId }) => mailboxId) ?? [])],
      Thread: email?.threadId === undefined ? [] : [email.threadId],
      Email: email === undefined ? [] : [email.emailId],
    };
    return [{ id, matchedIds: Object.fromEntries(typeNames.map((name) => [name, matched[name] ?? []])) }];
  });
  return { accountId, list, notFound: ids.filter((id) => !blobs.has(id)) };
};
