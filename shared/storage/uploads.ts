import type { Database } from '../database/port.ts';
import { emailIdOf } from '../mailbox/email-id.ts';
import type { AccountId, EmailId } from '../mailbox/types.ts';

/** Bytes that a client has put into storage, and not used yet. */
export interface Upload {
  readonly emailId: EmailId;
  readonly size: number;
  readonly type: string;
}

/** An upload can be used for so long; its bytes are collected a day after they came, unless a mailbox has them by then. */
const KEPT_MS = 23 * 3_600_000;

/** Who may use which uploads. */
export class Uploads {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Of bytes that are committed to storage. */
  async add(account: AccountId, { emailId, type, size }: Upload): Promise<void> {
    await this.#database.prepared(
      'upload_add',
      `insert into upload (account_id, email_id, type, size, created_at) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
      [account, emailId, type, size, this.#database.now()],
    );
  }

  async find(account: AccountId, emailIds: readonly EmailId[]): Promise<Map<EmailId, Upload>> {
    const rows = await this.#database.prepared<{ email_id: string; type: string; size: number }>(
      'upload_find',
      `select email_id, type, size from upload
       where account_id = $1 and email_id = any($2::uuid[]) and created_at > $3`,
      [account, emailIds, this.#database.now() - KEPT_MS],
    );
    return new Map(
      rows.map(({ email_id, type, size }) => [
        emailIdOf(email_id),
        { emailId: emailIdOf(email_id), type, size },
      ]),
    );
  }

  /** What the account has uploaded and may still use. */
  async total(account: AccountId): Promise<{ uploads: number; bytes: number }> {
    const [row] = await this.#database.prepared<{ n: number; bytes: number }>(
      'upload_total',
      `select count(*)::int as n, coalesce(sum(size), 0)::bigint as bytes from upload
       where account_id = $1 and created_at > $2`,
      [account, this.#database.now() - KEPT_MS],
    );
    return { uploads: row?.n ?? 0, bytes: row?.bytes ?? 0 };
  }

  /** Forgets those that are too old to be used. */
  async sweep(): Promise<void> {
    await this.#database.prepared('upload_sweep', 'delete from upload where created_at < $1', [
      this.#database.now() - KEPT_MS,
    ]);
  }
}
