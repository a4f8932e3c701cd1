import { createHash } from 'node:crypto';
import type { Database } from '../../../shared/database/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import type { SieveQuestion } from '../../../shared/sieve/run.ts';
import { canonicalName } from '../mailbox-rows.ts';

/** What scripts are told about the account, from the database. */
export async function answer(
  database: Database,
  account: AccountId,
  question: Exclude<SieveQuestion, { kind: 'body' }>,
  now: number,
): Promise<boolean> {
  switch (question.kind) {
    case 'duplicate':
      return wasSeen(database, account, seenKey('duplicate', question.key), now);
    case 'mailbox':
      return (await mailboxNamed(database, account, question.name)) !== undefined;
    case 'special-use': {
      const rows = await database.prepared(
        'mailbox_special_use',
        `select 1 from mailbox where account_id = $1 and present and lower(special_use) = lower($2)
           and ($3::text is null or name = $3)`,
        [account, question.use, question.name === null ? null : canonicalName(question.name)],
      );
      return rows.length > 0;
    }
  }
}

async function mailboxNamed(
  database: Database,
  account: AccountId,
  name: string,
): Promise<object | undefined> {
  const [row] = await database.prepared<object>(
    'mailbox_present',
    'select 1 from mailbox where account_id = $1 and name = $2 and present',
    [account, canonicalName(name)],
  );
  return row;
}

/** Fixed in size, whatever a script or a message put into it. */
export function seenKey(kind: 'duplicate' | 'vacation', key: string): Buffer {
  return createHash('sha256').update(`${kind}\n${key}`).digest();
}

export async function wasSeen(
  database: Database,
  account: AccountId,
  key: Buffer,
  now: number,
): Promise<boolean> {
  const rows = await database.prepared(
    'sieve_seen',
    'select 1 from sieve_seen where account_id = $1 and key = $2 and expires_at > $3',
    [account, key, now],
  );
  return rows.length > 0;
}
