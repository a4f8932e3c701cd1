import type { Database } from '../database/port.ts';
import { addressKey, aliasKey, splitAddress } from './address.ts';
import { MAX_ALIAS_TARGETS } from './alias-expansion.ts';
import { createDirectoryReads } from './directory-reads.ts';
import { resolveForwardPath } from './forward-path.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

export interface Alias {
  /** `local@domain`, or `@domain` for all addresses of the domain that nobody else has. */
  readonly address: string;
  readonly targets: readonly string[];
}

/**
 * Adds targets to an alias, which need not exist yet. Refusals: bad-address, not-local (the alias' domain is not ours),
 * not-found (a target of ours that nobody has), limit.
 */
export async function createAlias(database: Database, wanted: Alias): Promise<Alias | DirectoryRefusal> {
  const address = aliasKey(wanted.address);
  if (address === undefined) {
    return refusal('bad-address', `'${wanted.address}' is neither a mail address nor @domain`);
  }
  const targets = await readTargets(database, wanted.targets);
  return Array.isArray(targets) ? insertTargets(database, address, targets) : targets;
}

async function readTargets(
  database: Database,
  wanted: readonly string[],
): Promise<string[] | DirectoryRefusal> {
  if (wanted.length === 0) return refusal('bad-address', 'an alias needs a target');
  if (wanted.length > MAX_ALIAS_TARGETS) return tooMany();
  const reads = createDirectoryReads(database, { ttlMs: 0, absentTtlMs: 0 });
  const targets: string[] = [];
  for (const text of wanted) {
    const parts = splitAddress(text);
    const key = addressKey(text);
    if (parts === undefined || key === undefined)
      return refusal('bad-address', `'${text}' is not a mail address`);
    const resolution = await resolveForwardPath(reads, key);
    if (resolution.kind === 'unknown') return refusal('not-found', `nobody has the address ${key}`);
    targets.push(resolution.kind === 'remote' ? `${parts.local}@${parts.domain}` : key);
  }
  return [...new Set(targets)];
}

function insertTargets(
  database: Database,
  address: string,
  targets: readonly string[],
): Promise<Alias | DirectoryRefusal> {
  return database.transaction(async (trx) => {
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const ours = await trx
      .selectFrom('domain')
      .select('name')
      .where('name', '=', domain)
      .forUpdate()
      .executeTakeFirst();
    if (!ours) return refusal('not-local', `the domain ${domain} is not one of ours`);
    const rows = await trx.selectFrom('alias').select('target').where('address', '=', address).execute();
    const all = new Set([...rows.map((row) => row.target), ...targets]);
    if (all.size > MAX_ALIAS_TARGETS) return tooMany();
    await trx
      .insertInto('alias')
      .values(targets.map((target) => ({ address, target })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return { address, targets: [...all].sort() };
  });
}

function tooMany(): DirectoryRefusal {
  return refusal('limit', `an alias leads to at most ${MAX_ALIAS_TARGETS} addresses`);
}
