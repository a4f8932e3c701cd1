import { type MxRecord, promises, type RecordWithTtl } from 'node:dns';
import { isIP } from 'node:net';
import { DnsCache } from './dns-cache.ts';

/** One question over all servers and tries; slower than this is a server that does not answer. */
export const QUESTION_MS = 15_000;
/** The first try; each further one waits longer. */
const TRY_MS = 2_000;
const TRIES = 3;
/** Node tells no TTL of MX records; five minutes is a short one. */
const MX_TTL_MS = 300_000;
/** That a name or record does not exist, is asked again after a minute. */
const ABSENT_TTL_MS = 60_000;
const MAX_TTL_MS = 3_600_000;

/** 'no-such-name': the name does not exist at all. 'temporary': nobody knows now. */
export class DnsFailure extends Error {
  readonly kind: 'no-such-name' | 'temporary';
  constructor(kind: 'no-such-name' | 'temporary', name: string, cause: unknown) {
    super(`DNS: ${kind === 'temporary' ? 'no answer for' : 'there is no'} ${name}`, { cause });
    this.name = 'DnsFailure';
    this.kind = kind;
  }
}

export interface Dns {
  /** The MX records, unsorted; none: the name has no MX. CNAMEs are followed. Throws `DnsFailure`. */
  mx(name: string): Promise<readonly MxRecord[]>;
  /** IPv4, then IPv6 addresses; none: the name has neither. Throws `DnsFailure` 'temporary'. */
  addresses(name: string): Promise<readonly string[]>;
  stop(): void;
}

/** `servers`: `host:port`, none: the system's (and then its hosts file for `systemAddresses`). */
export function createDns(servers: readonly string[], now: () => number = () => performance.now()): Dns {
  const resolver = new promises.Resolver({ timeout: TRY_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  const exchangers = new DnsCache<readonly MxRecord[]>(now);
  const hosts = new DnsCache<readonly string[]>(now);

  const addresses = async (name: string): Promise<{ value: readonly string[]; ttlMs: number }> => {
    const families = await Promise.allSettled([
      question(name, () => resolver.resolve4(name, { ttl: true })),
      question(name, () => resolver.resolve6(name, { ttl: true })),
    ]);
    const records = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
    const failed = families.find((family) => family.status === 'rejected' && isTemporary(family.reason));
    if (records.length === 0 && failed?.status === 'rejected') throw failed.reason;
    return { value: records.map((record) => record.address), ttlMs: failed ? 0 : timeToLive(records) };
  };

  return {
    mx: (name) =>
      exchangers.get(name, async () => {
        const value = await question(name, () => resolver.resolveMx(name));
        return { value, ttlMs: value.length > 0 ? MX_TTL_MS : ABSENT_TTL_MS };
      }),
    addresses: async (name) => (isIP(name) ? [name] : hosts.get(name, () => addresses(name))),
    stop: () => resolver.cancel(),
  };
}

/** As getaddrinfo has it: hosts file, search domains and all. For the names of a local configuration. */
export async function systemAddresses(name: string): Promise<readonly string[]> {
  try {
    return (await promises.lookup(name, { all: true, order: 'ipv4first' })).map((found) => found.address);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTFOUND') return [];
    throw new DnsFailure('temporary', name, cause);
  }
}

/** No record of that type: an empty list. */
async function question<T>(name: string, ask: () => Promise<T[]>): Promise<T[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DnsFailure('temporary', name, new Error('timed out'))), QUESTION_MS);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENODATA') return [];
    if (error instanceof DnsFailure) throw error;
    throw new DnsFailure(
      code === 'ENOTFOUND' || code === 'EBADNAME' ? 'no-such-name' : 'temporary',
      name,
      error,
    );
  } finally {
    clearTimeout(timer);
  }
}

function isTemporary(error: unknown): boolean {
  return !(error instanceof DnsFailure) || error.kind === 'temporary';
}

function timeToLive(records: readonly RecordWithTtl[]): number {
  if (records.length === 0) return ABSENT_TTL_MS;
  return Math.min(MAX_TTL_MS, ...records.map((record) => record.ttl * 1_000));
}
