import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../../../shared/account/port.ts';
import type { Database } from '../../../shared/database/port.ts';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';

/** A session ends when it was not used for so long, and in any case after MAX_MS. Milliseconds. */
export const IDLE_MS = 14 * 86_400_000;
const MAX_MS = 90 * 86_400_000;
/** How exact the time of the last use is: a write a request would be too many. */
const SEEN_MS = 60_000;
/** Of one account: the oldest make room. */
const MAX_SESSIONS = 50;
const MAX_CLIENT_CHARS = 300;

export interface WebSession {
  readonly sessionId: string;
  readonly accountId: AccountId;
  readonly address: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
  /** Address whence it was opened. */
  readonly remote: string;
  /** The browser, as it calls itself. */
  readonly client: string;
}

interface Row {
  session_id: string;
  account_id: number;
  address: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
  remote: string;
  client: string;
}

/** The account's password as it was at log-in: a new one ends all sessions. */
const SAME_PASSWORD = 'sha256(a.scram_stored_key) = s.password_check';
const COLUMNS =
  's.session_id, s.account_id, a.address, s.created_at, s.seen_at, s.expires_at, s.remote, s.client';

/**
 * Who is logged in to the web client: in the database, so that a session holds on every replica and through a restart, can
 * be listed, and is over at once when it is ended. The cookie's token is kept as its hash.
 */
export class WebSessions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Opens one; the token is for the cookie alone. */
  async open(
    account: Account,
    remote: string,
    client: string,
  ): Promise<{ token: string; session: WebSession }> {
    const token = randomBytes(32).toString('base64url');
    const now = this.#database.now();
    const [row] = await this.#database.prepared<Row>(
      'web_session_open',
      `with made as (
         insert into web_session (token_hash, session_id, account_id, created_at, seen_at, expires_at, remote, client, password_check)
         select $1, $2, account_id, $4, $4, $5, $6, $7, sha256(scram_stored_key) from account where account_id = $3
         returning *),
       over as (
         delete from web_session where token_hash in (
           select token_hash from web_session where account_id = $3 order by seen_at desc offset ${MAX_SESSIONS - 1})
         returning 1)
       select ${COLUMNS} from made s join account a using (account_id)`,
      [
        hashOf(token),
        makeEmailId(now),
        account.accountId,
        now,
        now + IDLE_MS,
        remote,
        client.slice(0, MAX_CLIENT_CHARS),
      ],
    );
    return { token, session: sessionOf(row!) };
  }

  /** The session of a cookie; undefined: there is none, it has ended, or the account is disabled. */
  async find(token: string): Promise<WebSession | undefined> {
    const now = this.#database.now();
    const hash = hashOf(token);
    const [row] = await this.#database.prepared<Row>(
      'web_session_find',
      `select ${COLUMNS} from web_session s join account a using (account_id)
       where s.token_hash = $1 and s.expires_at > $2 and a.enabled and ${SAME_PASSWORD}`,
      [hash, now],
    );
    if (row === undefined) return undefined;
    if (row.seen_at < now - SEEN_MS) {
      await this.#database.prepared(
        'web_session_seen',
        'update web_session set seen_at = $2, expires_at = least(created_at + $4, $3) where token_hash = $1',
        [hash, now, now + IDLE_MS, MAX_MS],
      );
    }
    return sessionOf(row);
  }

  /** Is a session that was found once still one? */
  async lives(sessionId: string, accountId: AccountId): Promise<boolean> {
    const rows = await this.#database.prepared(
      'web_session_lives',
      `select 1 from web_session s join account a using (account_id)
       where s.account_id = $2 and s.session_id = $1 and s.expires_at > $3 and a.enabled and ${SAME_PASSWORD}`,
      [sessionId, accountId, this.#database.now()],
    );
    return rows.length > 0;
  }

  /** Those that live, the one used last first. */
  async list(accountId: AccountId): Promise<WebSession[]> {
    const rows = await this.#database.prepared<Row>(
      'web_session_list',
      `select ${COLUMNS} from web_session s join account a using (account_id)
       where s.account_id = $1 and s.expires_at > $2 and ${SAME_PASSWORD} order by s.seen_at desc, s.session_id`,
      [accountId, this.#database.now()],
    );
    return rows.map(sessionOf);
  }

  /** False: there is none of that account. */
  async end(accountId: AccountId, sessionId: string): Promise<boolean> {
    const rows = await this.#database.prepared(
      'web_session_end',
      'delete from web_session where account_id = $1 and session_id = $2 returning 1',
      [accountId, sessionId],
    );
    return rows.length > 0;
  }

  /** Removes those that are over. */
  async sweep(): Promise<void> {
    await this.#database.prepared('web_session_sweep', 'delete from web_session where expires_at < $1', [
      this.#database.now(),
    ]);
  }
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

function sessionOf(row: Row): WebSession {
  return {
    sessionId: row.session_id,
    accountId: String(row.account_id),
    address: row.address,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
    remote: row.remote,
    client: row.client,
  };
}
