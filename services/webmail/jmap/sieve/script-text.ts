import { isRefusal, type MailboxRefusal } from '../../../../shared/mailbox/operations.ts';
import { blobBytes } from '../blob/blob-bytes.ts';
import { findBlob } from '../blob/find-blob.ts';
import { type Call, SetError } from '../method.ts';
import { invalidProperties } from '../set.ts';

/** As long as the bus carries. */
export const MAX_SCRIPT_BYTES = 262_144;

/** The blob as a script. Throws `SetError`: blobNotFound, tooLarge, invalidSieve when it is no UTF-8. */
export async function scriptText({ webmail, accountId }: Call, blobId: unknown): Promise<string> {
  if (typeof blobId !== 'string') throw invalidProperties(['blobId']);
  const blob = await findBlob(webmail, accountId, blobId);
  if (blob === undefined) throw new SetError('blobNotFound', undefined, { notFound: [blobId] });
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of blobBytes(webmail.ports.storage, blob)) {
    bytes += piece.length;
    if (bytes > MAX_SCRIPT_BYTES)
      throw new SetError('tooLarge', `a script has at most ${MAX_SCRIPT_BYTES} bytes`);
    pieces.push(piece);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces));
  } catch {
    throw new SetError('invalidSieve', 'it is no UTF-8');
  }
}

/** Throws `SetError` for a refusal. */
export function demandDone<Reply extends object>(reply: Reply | MailboxRefusal): Reply {
  if (!isRefusal(reply)) return reply;
  switch (reply.refused) {
    case 'bad-script':
      throw new SetError('invalidSieve', reply.text);
    case 'bad-name':
      throw invalidProperties(['name'], reply.text);
    case 'exists':
      throw new SetError('alreadyExists', reply.text);
    case 'script-active':
      throw new SetError('sieveIsActive', reply.text);
    case 'limit':
      throw new SetError('overQuota', reply.text);
    case 'not-found':
      throw new SetError('notFound');
    default:
      throw new SetError('forbidden', reply.text);
  }
}
