import type { Database } from '../database/port.ts';
import type { AccountObjectType } from './operations.ts';
import type { AccountId } from './types.ts';

/** Objects of one type that an account keeps (`putObjects`), parsed, by id. */
export async function accountObjects<T>(
  database: Database,
  account: AccountId,
  type: AccountObjectType,
): Promise<Map<string, T>> {
  const rows = await database.prepared<{ object_id: string; value: string }>(
    'account_objects',
    'select object_id, value from account_object where account_id = $1 and type = $2 order by object_id',
    [account, type],
  );
  return new Map(rows.map((row) => [row.object_id, JSON.parse(row.value) as T]));
}
