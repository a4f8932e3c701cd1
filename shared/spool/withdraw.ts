import { sql } from 'kysely';
import { partitionOf } from '../actor/partition.ts';
import type { Database } from '../database/port.ts';
import type { AccountId, EmailId } from '../mailbox/types.ts';

/** Where a message that is held waits, as it was enqueued. */
export interface HeldMessage {
  readonly emailId: EmailId;
  readonly accounts: readonly AccountId[];
  readonly destinations: readonly string[];
  /** Spool entries it has, all recipients together. */
  readonly entries: number;
}

class TooLate extends Error {}

/**
 * Takes a message back that is still held (RFC 4865) for every one of its recipients; false, and nothing done, when it has gone
 * out to any of them. The entries' rows decide: who delivers one has it locked, and it is gone afterwards.
 */
export async function withdraw(database: Database, held: HeldMessage): Promise<boolean> {
  const now = database.now();
  const partitions = [...new Set(held.accounts.map(partitionOf))];
  try {
    await database.transaction(async (trx) => {
      const { rows: local } =
        await sql`delete from spool_local where partition = any(${partitions}::smallint[])
        and account_id = any(${[...held.accounts]}::bigint[]) and email_id = ${held.emailId}::uuid
        and queued_at > ${now} returning 1`.execute(trx);
      const { rows: remote } =
        await sql`delete from spool_remote where destination = any(${[...held.destinations]}::text[])
        and email_id = ${held.emailId}::uuid and next_attempt_at > ${now} and attempts = 0 returning 1`.execute(
          trx,
        );
      if (local.length + remote.length < held.entries) throw new TooLate();
      await sql`insert into message_release (email_id, released_at)
        values (${held.emailId}::uuid, ${now})`.execute(trx);
    });
    return true;
  } catch (error) {
    if (error instanceof TooLate) return false;
    throw error;
  }
}
