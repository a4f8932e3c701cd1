import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Database } from '../database/port.ts';
import type { DkimAlgorithm } from '../message/dkim/signature.ts';
import { readDomain } from './address.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

/** 'published': to be put into the DNS, not used yet. 'signing': used. 'retired': not used any more, its private half is gone. */
export type DkimKeyState = 'published' | 'signing' | 'retired';

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  readonly state: DkimKeyState;
  /** Where the record belongs: `selector._domainkey.domain`. */
  readonly name: string;
  /** What it says (RFC 6376 §3.6.1, RFC 8463 §4). */
  readonly record: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly signingAt: number | null;
  readonly retiredAt: number | null;
}

export const DKIM_ALGORITHMS: readonly DkimAlgorithm[] = ['rsa-sha256', 'ed25519-sha256'];

/** RFC 8301 §3.2: at least 1024, better 2048; more does not fit into one string of a TXT record. */
const RSA_BITS = 2_048;
/** Of one domain, retired ones included: an operator reads them all. */
const MAX_KEYS = 100;

const generate = promisify(generateKeyPair);

/** Keys of a domain, by selector. Refusals: not-found. */
export async function listDkimKeys(
  database: Database,
  name: string,
): Promise<readonly DkimKey[] | DirectoryRefusal> {
  const domain = readDomain(name) ?? name;
  if (!(await isOurs(database, domain))) return noDomain(domain);
  return keysOf(database, domain);
}

/**
 * Makes a key of each algorithm. They are 'published': nothing is signed by them until `rotateDkimKeys`, so that the DNS can have them first.
 * Refusals: not-found, limit.
 */
export async function createDkimKeys(
  database: Database,
  name: string,
  algorithms: readonly DkimAlgorithm[],
  now: number = database.now(),
): Promise<readonly DkimKey[] | DirectoryRefusal> {
  const domain = readDomain(name) ?? name;
  if (!(await isOurs(database, domain))) return noDomain(domain);
  const known = await keysOf(database, domain);
  if (known.length + algorithms.length > MAX_KEYS)
    return refusal(
      'limit',
      `${domain} has ${known.length} keys, of at most ${MAX_KEYS}: retire and forget some`,
    );
  const taken = new Set(known.map(({ selector }) => selector));
  for (const algorithm of algorithms) {
    const pair = await makePair(algorithm);
    const selector = freeSelector(algorithm, now, taken);
    taken.add(selector);
    await database.kysely
      .insertInto('dkim_key')
      .values({
        domain,
        selector,
        algorithm,
        public_key: pair.published,
        private_key: pair.secret,
        state: 'published',
        created_at: now,
      })
      .execute();
  }
  return (await keysOf(database, domain)).filter(
    (key) => !known.some(({ selector }) => selector === key.selector),
  );
}

/**
 * Signs by the keys that are 'published' from now on; of each algorithm that has a new key, the ones that signed before are retired.
 * Refusals: not-found, not-ready when there is no new key.
 */
export async function rotateDkimKeys(
  database: Database,
  name: string,
  now: number = database.now(),
): Promise<readonly DkimKey[] | DirectoryRefusal> {
  const domain = readDomain(name) ?? name;
  if (!(await isOurs(database, domain))) return noDomain(domain);
  const rotated = await database.prepared<{ selector: string }>(
    'dkim_rotate',
    `with fresh as (select algorithm from dkim_key where domain = $1 and state = 'published'),
     old as (
       update dkim_key set state = 'retired', retired_at = $2::bigint, private_key = null
       where domain = $1 and state = 'signing' and algorithm in (select algorithm from fresh))
     update dkim_key set state = 'signing', signing_at = $2::bigint where domain = $1 and state = 'published'
     returning selector`,
    [domain, now],
  );
  if (rotated.length === 0)
    return refusal('not-ready', `${domain} has no key that waits: make one by \`domain dkim create\``);
  return keysOf(database, domain);
}

/**
 * Takes a key out of use for ever and destroys its private half; one that is retired already is forgotten.
 * Refusals: not-found.
 */
export async function retireDkimKey(
  database: Database,
  name: string,
  selector: string,
  now: number = database.now(),
): Promise<readonly DkimKey[] | DirectoryRefusal> {
  const domain = readDomain(name) ?? name;
  const found = await database.prepared<{ selector: string }>(
    'dkim_retire',
    `with forgotten as (
       delete from dkim_key where domain = $1 and selector = $2 and state = 'retired' returning selector),
     retired as (
       update dkim_key set state = 'retired', retired_at = $3::bigint, private_key = null
       where domain = $1 and selector = $2 and state <> 'retired' returning selector)
     select selector from forgotten union all select selector from retired`,
    [domain, selector.toLowerCase(), now],
  );
  if (found.length === 0) return refusal('not-found', `${domain} has no key ${selector}`);
  return keysOf(database, domain);
}

/** What mail of the domain is signed with now. */
export interface SigningKey {
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** PKCS #8, DER. */
  readonly privateKey: Buffer;
}

export async function signingKeys(database: Database, domain: string): Promise<SigningKey[]> {
  const rows = await database.prepared<{
    selector: string;
    algorithm: DkimAlgorithm;
    private_key: Uint8Array;
  }>(
    'dkim_signing',
    `select selector, algorithm, private_key from dkim_key
     where domain = $1 and state = 'signing' and private_key is not null order by algorithm desc, selector`,
    [domain],
  );
  return rows.map((row) => ({
    selector: row.selector,
    algorithm: row.algorithm,
    privateKey: Buffer.from(row.private_key),
  }));
}

async function keysOf(database: Database, domain: string): Promise<DkimKey[]> {
  const rows = await database.kysely
    .selectFrom('dkim_key')
    .select(['domain', 'selector', 'algorithm', 'state', 'public_key'])
    .select(['created_at', 'signing_at', 'retired_at'])
    .where('domain', '=', domain)
    .orderBy('created_at')
    .orderBy('selector')
    .execute();
  return rows.map((row) => ({
    domain: row.domain,
    selector: row.selector,
    algorithm: row.algorithm as DkimAlgorithm,
    state: row.state as DkimKeyState,
    name: `${row.selector}._domainkey.${row.domain}`,
    record: `v=DKIM1; k=${row.algorithm.replace('-sha256', '')}; p=${row.public_key}`,
    createdAt: row.created_at,
    signingAt: row.signing_at,
    retiredAt: row.retired_at,
  }));
}

async function isOurs(database: Database, domain: string): Promise<boolean> {
  const row = await database.kysely
    .selectFrom('domain')
    .select('name')
    .where('name', '=', domain)
    .executeTakeFirst();
  return row !== undefined;
}

function noDomain(domain: string): DirectoryRefusal {
  return refusal('not-found', `there is no domain ${domain}`);
}

async function makePair(algorithm: DkimAlgorithm): Promise<{ published: string; secret: Buffer }> {
  const { publicKey, privateKey } =
    algorithm === 'rsa-sha256'
      ? await generate('rsa', { modulusLength: RSA_BITS })
      : await generate('ed25519', {});
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // RFC 8463 §4.2: the 32 octets of the key alone.
  const published = algorithm === 'rsa-sha256' ? spki : spki.subarray(-32);
  return {
    published: published.toString('base64'),
    secret: privateKey.export({ type: 'pkcs8', format: 'der' }),
  };
}

/** `r20261125`, then `r20261125b`: what it is and when it was made. */
function freeSelector(algorithm: DkimAlgorithm, now: number, taken: ReadonlySet<string>): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
  const first = `${algorithm[0]}${day}`;
  for (let n = 0; ; n++) {
    const selector = n === 0 ? first : `${first}-${n + 1}`;
    if (!taken.has(selector)) return selector;
  }
}
