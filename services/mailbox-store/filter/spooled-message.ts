import type { Database } from '../../../shared/database/port.ts';
import type { EmailId } from '../../../shared/mailbox/types.ts';
import { MAX_HEADER_BYTES } from '../../../shared/message/header-block.ts';
import type { MessageStructure } from '../../../shared/message/structure.ts';
import { SieveHeader } from '../../../shared/sieve/header.ts';
import type { LocalEntry } from '../../../shared/spool/deliver.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';

/** A spool entry with as much of its message as a filter begins with. */
export interface SpooledMessage {
  readonly emailId: EmailId;
  readonly size: number;
  readonly reversePath: string;
  readonly forwardPath: string;
  /** Unix milliseconds. */
  readonly queuedAt: number;
  readonly structure: MessageStructure;
  readonly header: SieveHeader;
}

/** Undefined: the entry is settled already, or the header is too long to be filtered by. */
export async function spooledMessage(
  database: Database,
  storage: MessageStorage,
  { partition, account, emailId }: LocalEntry,
): Promise<SpooledMessage | undefined> {
  const [row] = await database.prepared<{
    size: number;
    reverse_path: string;
    forward_path: string;
    queued_at: number;
  }>(
    'spooled_message',
    `select size, reverse_path, forward_path, queued_at from spool_local
     where partition = $1 and account_id = $2 and email_id = $3`,
    [partition, account, emailId],
  );
  const stored = row === undefined ? undefined : (await storage.structures([emailId])).get(emailId);
  if (row === undefined || stored === undefined) return undefined;
  const { bodyStart } = stored.structure.body;
  if (bodyStart > MAX_HEADER_BYTES) return undefined;
  return {
    emailId,
    size: row.size,
    reversePath: row.reverse_path,
    forwardPath: row.forward_path,
    queuedAt: row.queued_at,
    structure: stored.structure,
    header: SieveHeader.of(await storage.readAll(emailId, 0, bodyStart)),
  };
}
