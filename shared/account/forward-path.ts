import { foldLocalPart, readDomain, splitAddress, withoutDetail } from './address.ts';
import { expandAlias, type Step } from './alias-expansion.ts';
import type { DirectoryReads } from './directory-reads.ts';
import type { NameRecord } from './name-record.ts';
import type { Resolution } from './port.ts';

const POSTMASTER = 'postmaster';

/** What a forward-path stands for: `AccountDirectory.resolve`. */
export async function resolveForwardPath(reads: DirectoryReads, forwardPath: string): Promise<Resolution> {
  const first = await lookUp(reads, await withDomain(reads, forwardPath), new Set());
  if (first.kind === 'remote') return first;
  if (first.kind !== 'alias') return { ...first, address: forwardPath };
  const targets = await expandAlias(first, (address, path) => lookUp(reads, address, path));
  return targets.length === 0
    ? { kind: 'unknown', address: forwardPath }
    : { kind: 'alias', address: forwardPath, targets };
}

export async function isLocalDomain(reads: DirectoryReads, domain: string): Promise<boolean> {
  const name = readDomain(domain);
  return name !== undefined && ((await reads.name(`@${name}`))?.isDomain ?? false);
}

/** RFC 5321 §4.5.1: `<Postmaster>` may come without a domain; it is the first domain's. */
async function withDomain(reads: DirectoryReads, forwardPath: string): Promise<string> {
  if (foldLocalPart(forwardPath) !== POSTMASTER) return forwardPath;
  const domain = await reads.oldestDomain();
  return domain === undefined ? forwardPath : `${POSTMASTER}@${domain}`;
}

/** One step, aliases not yet expanded. An alias named in `path` led here, so its name means the account. */
async function lookUp(reads: DirectoryReads, address: string, path: ReadonlySet<string>): Promise<Step> {
  const parts = splitAddress(address);
  if (!parts) return { kind: 'unknown', address };
  const { local, domain } = parts;
  const [ours, records] = await Promise.all([isLocalDomain(reads, domain), candidates(reads, local, domain)]);
  if (!ours) return { kind: 'remote', address: `${local}@${domain}`, destination: domain };
  for (const { key, record } of records) {
    if (record === undefined) continue;
    if (record.targets.length > 0 && !path.has(key)) {
      return { kind: 'alias', address, key, targets: record.targets };
    }
    if (record.account) return found(address, record);
    if (record.targets.length > 0) return { kind: 'unknown', address };
  }
  return foldLocalPart(local) === POSTMASTER
    ? found(address, await postmasterOf(reads, domain))
    : { kind: 'unknown', address };
}

/** The names an address may be known by, most exact first. */
async function candidates(
  reads: DirectoryReads,
  local: string,
  domain: string,
): Promise<{ key: string; record: NameRecord | undefined }[]> {
  const folded = foldLocalPart(local);
  const base = withoutDetail(folded);
  const keys = [`${folded}@${domain}`, ...(base ? [`${base}@${domain}`] : []), `@${domain}`];
  return Promise.all(keys.map(async (key) => ({ key, record: await reads.name(key) })));
}

/** RFC 5321 §4.5.1: without an alias or account of that name, the oldest account of the domain, else of the server. */
async function postmasterOf(reads: DirectoryReads, domain: string): Promise<NameRecord | undefined> {
  const owner = (await reads.oldestAccount(domain)) ?? (await reads.oldestAccount(''));
  return owner === undefined ? undefined : reads.name(owner);
}

function found(address: string, record: NameRecord | undefined): Step {
  if (!record?.account) return { kind: 'unknown', address };
  return { kind: 'account', address, account: record.account.account, overQuota: record.account.overQuota };
}
