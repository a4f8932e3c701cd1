import type { Database } from '../database/port.ts';
import type { Account, LogInProtocol, PasswordKey, ScramVerifier } from './port.ts';

/** All the directory knows of one name: an address in its key form, or `@domain`. */
export interface NameRecord {
  readonly isDomain: boolean;
  readonly account: AccountRecord | undefined;
  /** Where an alias of this name leads; empty: there is none. */
  readonly targets: readonly string[];
  /** Set when that alias is a mailing list. */
  readonly owner?: string;
}

export interface AccountRecord {
  readonly account: Account;
  readonly verifier: ScramVerifier;
  readonly appPasswords: readonly PasswordKey[];
  readonly overQuota: boolean;
  /** Bytes until the quota is full; absent: no quota. */
  readonly room?: number;
}

interface AppPasswordRow {
  name: string;
  scopes: LogInProtocol[];
  expires_at: number | null;
  stored_key: string;
  server_key: string;
}

interface NameRow {
  name: string;
  is_domain: boolean;
  targets: string[] | null;
  owner: string | null;
  account_id: string | null;
  enabled: boolean;
  scram_salt: Uint8Array;
  scram_iterations: number;
  scram_stored_key: Uint8Array;
  scram_server_key: Uint8Array;
  app_passwords: AppPasswordRow[] | null;
  quota_bytes: string | null;
  quota_messages: string | null;
  bytes_used: string;
  messages_used: string;
}

const NAMES = `
  select n.name,
         n.name like '@%' and exists (select from domain d where d.name = substr(n.name, 2)) as is_domain,
         (select array_agg(l.target order by l.target) from alias l where l.address = n.name) as targets,
         (select o.owner from alias_owner o where o.address = n.name) as owner,
         a.account_id::text as account_id, a.enabled,
         a.scram_salt, a.scram_iterations, a.scram_stored_key, a.scram_server_key,
         (select json_agg(json_build_object(
                   'name', p.name, 'scopes', p.scopes, 'expires_at', p.expires_at,
                   'stored_key', encode(p.stored_key, 'hex'), 'server_key', encode(p.server_key, 'hex')))
            from app_password p
           where p.account_id = a.account_id and p.salt = a.scram_salt and p.iterations = a.scram_iterations
         ) as app_passwords,
         a.quota_bytes::text as quota_bytes, a.quota_messages::text as quota_messages,
         a.bytes_used::text as bytes_used, a.messages_used::text as messages_used
    from unnest($1::text[]) as n(name)
    left join account a on a.address = n.name`;

/** Reads names in one query; a name that stands for nothing is missing from the map. */
export async function readNames(database: Database, names: string[]): Promise<Map<string, NameRecord>> {
  const records = new Map<string, NameRecord>();
  for (const row of await database.prepared<NameRow>('account-names', NAMES, [names])) {
    if (!row.is_domain && row.account_id === null && row.targets === null) continue;
    records.set(row.name, {
      isDomain: row.is_domain,
      account: row.account_id === null ? undefined : readAccount(row, row.account_id),
      targets: row.targets ?? [],
      ...(row.owner === null ? {} : { owner: row.owner }),
    });
  }
  return records;
}

function readAccount(row: NameRow, accountId: string): AccountRecord {
  const quotaBytes = row.quota_bytes === null ? null : Number(row.quota_bytes);
  const quotaMessages = row.quota_messages === null ? null : Number(row.quota_messages);
  return {
    account: { accountId, address: row.name, enabled: row.enabled, quotaBytes, quotaMessages },
    verifier: {
      salt: Buffer.from(row.scram_salt),
      iterations: row.scram_iterations,
      storedKey: Buffer.from(row.scram_stored_key),
      serverKey: Buffer.from(row.scram_server_key),
    },
    ...(quotaBytes === null ? {} : { room: Math.max(0, quotaBytes - Number(row.bytes_used)) }),
    appPasswords: (row.app_passwords ?? []).map(readAppPassword),
    overQuota:
      (quotaBytes !== null && Number(row.bytes_used) >= quotaBytes) ||
      (quotaMessages !== null && Number(row.messages_used) >= quotaMessages),
  };
}

function readAppPassword(row: AppPasswordRow): PasswordKey {
  const { name, scopes, expires_at } = row;
  return {
    storedKey: Buffer.from(row.stored_key, 'hex'),
    serverKey: Buffer.from(row.server_key, 'hex'),
    appPassword: { name, scopes, expiresAt: expires_at },
  };
}
