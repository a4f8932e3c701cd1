import type { Database } from '../database/port.ts';
import { readDomain } from './address.ts';
import { inDomain } from './in-domain.ts';
import type { Account } from './port.ts';

export interface ListedAccount extends Account {
  readonly bytesUsed: number;
  readonly messagesUsed: number;
  readonly createdAt: Date;
}

/** A page by address: at most `limit` accounts after `after`, of one domain when given. */
export async function listAccounts(
  database: Database,
  page: { readonly domain?: string; readonly after?: string; readonly limit: number },
): Promise<ListedAccount[]> {
  const rows = await database.kysely
    .selectFrom('account')
    .select(['account_id', 'address', 'enabled', 'quota_bytes', 'quota_messages'])
    .select(['bytes_used', 'messages_used', 'created_at'])
    .where('address', '>', page.after ?? '')
    .$if(page.domain !== undefined, (query) => query.where(inDomain(readDomain(page.domain ?? '') ?? '')))
    .orderBy('address')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({
    accountId: String(row.account_id),
    address: row.address,
    enabled: row.enabled,
    quotaBytes: row.quota_bytes === null ? null : Number(row.quota_bytes),
    quotaMessages: row.quota_messages === null ? null : Number(row.quota_messages),
    bytesUsed: Number(row.bytes_used),
    messagesUsed: Number(row.messages_used),
    createdAt: row.created_at,
  }));
}
