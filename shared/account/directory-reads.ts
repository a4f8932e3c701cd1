import type { Database } from '../database/port.ts';
import { BatchedLookup } from './batched-lookup.ts';
import { type NameRecord, readNames } from './name-record.ts';
import { readOldestAccount, readOldestDomain } from './postmaster.ts';

/** What the directory asks of the database, each through a cache of a few seconds. */
export interface DirectoryReads {
  /** By `local@domain` or `@domain`, in key form. */
  name(key: string): Promise<NameRecord | undefined>;
  /** Address of the oldest account of a domain, or of the server ('' as domain). */
  oldestAccount(domain: string): Promise<string | undefined>;
  oldestDomain(): Promise<string | undefined>;
  /** Drops what is remembered: something changed. */
  forget(): void;
}

export interface DirectoryTiming {
  /** How long a known name is answered from memory, in ms: a new password, quota or alias is in force after that. */
  readonly ttlMs?: number;
  /** The same for a name nobody has: a new account or alias exists after that. */
  readonly absentTtlMs?: number;
  readonly now?: () => number;
}

/** Short enough that nobody waits for a change; long enough that a busy replica asks once and not per message. */
const TTL_MS = 3_000;
const ABSENT_TTL_MS = 1_000;
/** Names in memory, about 700 bytes each: 14 MB a replica at most. */
const MAX_NAMES = 20_000;
const MAX_DOMAINS = 1_000;
/** Names a query: enough for one tick of a busy replica, few enough to stay cheap to encode. */
const MAX_NAMES_A_QUERY = 200;

export function createDirectoryReads(database: Database, timing: DirectoryTiming): DirectoryReads {
  const cached = {
    ttlMs: timing.ttlMs ?? TTL_MS,
    absentTtlMs: timing.absentTtlMs ?? ABSENT_TTL_MS,
    now: timing.now,
  };
  const names = new BatchedLookup<NameRecord>({
    ...cached,
    load: (keys) => readNames(database, keys),
    maxEntries: MAX_NAMES,
    maxKeys: MAX_NAMES_A_QUERY,
  });
  const oldestAccounts = new BatchedLookup<string>({
    ...cached,
    load: async ([domain = '']) => answer(domain, await readOldestAccount(database, domain)),
    maxEntries: MAX_DOMAINS,
    maxKeys: 1,
  });
  const oldestDomains = new BatchedLookup<string>({
    ...cached,
    load: async () => answer('', await readOldestDomain(database)),
    maxEntries: 1,
    maxKeys: 1,
  });
  return {
    name: (key) => names.get(key),
    oldestAccount: (domain) => oldestAccounts.get(domain),
    oldestDomain: () => oldestDomains.get(''),
    forget: () => {
      for (const lookup of [names, oldestAccounts, oldestDomains]) lookup.forget();
    },
  };
}

function answer(key: string, value: string | undefined): Map<string, string> {
  return value === undefined ? new Map() : new Map([[key, value]]);
}
