import { foldLocalPart, readDomain, splitAddress, withoutDetail } from './address.ts';
import { type AddressRules, DEFAULT_RULES } from './address-rules.ts';
import { expandAlias, type Step } from './alias-expansion.ts';
import type { DirectoryReads } from './directory-reads.ts';
import type { NameRecord } from './name-record.ts';
import type { Resolution } from './port.ts';

const POSTMASTER = 'postmaster';
const OWNER = 'owner-';

/** What a forward-path stands for: `AccountDirectory.resolve`. */
export async function resolveForwardPath(
  reads: DirectoryReads,
  forwardPath: string,
  rules: AddressRules = DEFAULT_RULES,
): Promise<Resolution> {
  const first = await lookUp(reads, await withDomain(reads, forwardPath), new Set(), rules);
  if (first.kind === 'remote') return first;
  if (first.kind !== 'alias') return { ...first, address: forwardPath };
  const targets = await expandAlias(first, (address, path) => lookUp(reads, address, path, rules));
  if (targets.length === 0) return { kind: 'unknown', address: forwardPath };
  return { kind: 'alias', address: forwardPath, targets, ...(first.listOwner && { list: true }) };
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
async function lookUp(
  reads: DirectoryReads,
  address: string,
  path: ReadonlySet<string>,
  rules: AddressRules,
): Promise<Step> {
  const parts = splitAddress(address);
  if (!parts) return { kind: 'unknown', address };
  const { local, domain } = parts;
  const [ours, records] = await Promise.all([
    isLocalDomain(reads, domain),
    candidates(reads, local, domain, rules),
  ]);
  if (!ours) return { kind: 'remote', address: `${local}@${domain}`, destination: domain };
  for (const { key, record, ownerOf } of records) {
    if (record === undefined) continue;
    if (ownerOf) {
      if (record.owner !== undefined && !path.has(key))
        return { kind: 'alias', address, key, targets: [record.owner] };
      continue;
    }
    if (record.targets.length > 0 && !path.has(key)) {
      const listOwner = record.owner === undefined ? undefined : `${OWNER}${key}`;
      return { kind: 'alias', address, key, targets: record.targets, ...(listOwner && { listOwner }) };
    }
    if (record.account) return found(address, record);
    if (record.targets.length > 0) return { kind: 'unknown', address };
  }
  return foldLocalPart(local) === POSTMASTER
    ? found(address, await postmasterOf(reads, domain))
    : { kind: 'unknown', address };
}

interface Candidate {
  readonly key: string;
  /** What the key names; for `ownerOf`, the list whose owner it is. */
  readonly record: NameRecord | undefined;
  readonly ownerOf: boolean;
}

/** The names an address may be known by, most exact first. */
function candidates(
  reads: DirectoryReads,
  local: string,
  domain: string,
  rules: AddressRules,
): Promise<Candidate[]> {
  const folded = foldLocalPart(local);
  // Postmaster is the same in any case (RFC 5321 §2.3.11). Names are kept in lower case, so others find nothing.
  const name = rules.caseSensitive && folded !== POSTMASTER ? local.normalize('NFC') : folded;
  const base = withoutDetail(name, rules.detailSeparators);
  const names = base ? [name, base] : [name];
  const lists = names.filter((one) => one.startsWith(OWNER)).map((one) => one.slice(OWNER.length));
  return Promise.all([
    ...names.map((one) => candidate(reads, `${one}@${domain}`)),
    ...lists.map(async (list) => ({
      key: `${OWNER}${list}@${domain}`,
      record: await reads.name(`${list}@${domain}`),
      ownerOf: true,
    })),
    candidate(reads, `@${domain}`),
  ]);
}

async function candidate(reads: DirectoryReads, key: string): Promise<Candidate> {
  return { key, record: await reads.name(key), ownerOf: false };
}

/** RFC 5321 §4.5.1: without an alias or account of that name, the oldest account of the domain, else of the server. */
async function postmasterOf(reads: DirectoryReads, domain: string): Promise<NameRecord | undefined> {
  const owner = (await reads.oldestAccount(domain)) ?? (await reads.oldestAccount(''));
  return owner === undefined ? undefined : reads.name(owner);
}

function found(address: string, record: NameRecord | undefined): Step {
  if (!record?.account) return { kind: 'unknown', address };
  const { account, overQuota, room } = record.account;
  return { kind: 'account', address, account, overQuota, ...(room === undefined ? {} : { room }) };
}
