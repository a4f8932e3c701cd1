import type { AccountId, EmailId } from '../../../../shared/mailbox/types.ts';
import type { Webmail } from '../../webmail.ts';
import { isScriptBlobId, scriptBlobs } from '../sieve/scripts.ts';
import { type BlobRef, readBlobId } from './blob-id.ts';

/** A blob that the account may read. */
export interface FoundBlob {
  readonly ref: BlobRef;
  /** Bytes of what it is or is a slice of. */
  readonly stored: number;
  /** As it was uploaded; undefined: a message, or a part of one. */
  readonly type: string | undefined;
  /** Its bytes, where they are not in storage. */
  readonly content?: Buffer;
}

const NOWHERE: BlobRef = { emailId: '0'.repeat(32), slices: [] };

/**
 * Those of these that the account may read: messages in its mailboxes, its own uploads, and what is in them. Whatever
 * else there is in storage looks as if it were not there.
 */
export async function findBlobs(
  { emails, uploads, ports }: Webmail,
  account: AccountId,
  blobIds: readonly string[],
): Promise<Map<string, FoundBlob>> {
  const refs = new Map(
    blobIds.flatMap((blobId) => {
      const ref = readBlobId(blobId);
      return ref === undefined ? [] : [[blobId, ref] as const];
    }),
  );
  const found = new Map<string, FoundBlob>();
  if (blobIds.some(isScriptBlobId)) {
    const scripts = await scriptBlobs({ ports }, account);
    for (const blobId of blobIds) {
      const content = scripts.get(blobId);
      if (content !== undefined)
        found.set(blobId, { ref: NOWHERE, stored: content.length, type: 'application/sieve', content });
    }
  }
  const ids: EmailId[] = [...new Set([...refs.values()].map(({ emailId }) => emailId))];
  if (ids.length === 0) return found;
  const uploaded = await uploads.find(account, ids);
  const owned = await emails.owned(
    account,
    ids.filter((emailId) => !uploaded.has(emailId)),
  );
  const sizes = owned.size === 0 ? new Map<EmailId, number>() : await sizesOf(ports.database, [...owned]);
  for (const [blobId, ref] of refs) {
    const upload = uploaded.get(ref.emailId);
    const stored = upload?.size ?? sizes.get(ref.emailId);
    if (stored === undefined) continue;
    found.set(blobId, { ref, stored, type: ref.slices.length === 0 ? upload?.type : undefined });
  }
  return found;
}

async function sizesOf(
  database: Webmail['ports']['database'],
  emailIds: readonly EmailId[],
): Promise<Map<EmailId, number>> {
  const rows = await database.prepared<{ email_id: string; size: number }>(
    'message_sizes',
    'select email_id, size from message where email_id = any($1::uuid[])',
    [emailIds],
  );
  return new Map(rows.map((row) => [row.email_id.replaceAll('-', ''), row.size]));
}

export async function findBlob(
  webmail: Webmail,
  account: AccountId,
  blobId: string,
): Promise<FoundBlob | undefined> {
  return (await findBlobs(webmail, account, [blobId])).get(blobId);
}
