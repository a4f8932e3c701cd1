import type { Database } from '../../database/port.ts';
import type { EmailId } from '../../mailbox/types.ts';

/** One attempt to relay, as long as it is kept (two weeks). */
export interface QueueAttempt {
  readonly recipientNo: number;
  readonly forwardPath: string;
  readonly destination: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** 'delivered', 'failed', 'retry' or 'cancelled'. */
  readonly outcome: string;
  /** `mx.example.org[192.0.2.1]`, '' when nobody was talked to. */
  readonly remote: string;
  /** RFC 3463. */
  readonly status: string;
  readonly reply: string;
  /** How the connection was protected; null: not at all. */
  readonly tls: string | null;
}

const MOST = 1_000;

/** The last attempts of a message, oldest first. */
export async function listAttempts(database: Database, emailId: EmailId): Promise<QueueAttempt[]> {
  const rows = await database.kysely
    .selectFrom('spool_attempt')
    .selectAll()
    .where('email_id', '=', emailId)
    .orderBy('attempt_at', 'desc')
    .orderBy('recipient_no', 'desc')
    .limit(MOST)
    .execute();
  return rows.toReversed().map((row) => ({
    recipientNo: row.recipient_no,
    forwardPath: row.forward_path,
    destination: row.destination,
    at: row.attempt_at,
    outcome: row.outcome,
    remote: row.remote,
    status: row.status,
    reply: row.reply,
    tls: row.tls ?? null,
  }));
}
