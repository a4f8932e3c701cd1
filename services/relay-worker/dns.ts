import { promises } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { createResolver, type DnsAnswer, type DnsData, type Resolver } from '../../shared/net/resolver.ts';
import { DnsCache } from './dns-cache.ts';

/** A record with a TTL below this still holds for the messages that are on their way now. */
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 3_600_000;
/** Who adds a record wants to see it used: that something is absent is asked again after this at the latest. */
const MAX_ABSENT_TTL_MS = 300_000;

/** 'no-such-name': the name does not exist at all. 'temporary': nobody knows now. */
export class DnsFailure extends Error {
  readonly kind: 'no-such-name' | 'temporary';
  constructor(kind: 'no-such-name' | 'temporary', name: string, cause: unknown) {
    super(`DNS: ${kind === 'temporary' ? 'no answer for' : 'there is no'} ${name}`, { cause });
    this.name = 'DnsFailure';
    this.kind = kind;
  }
}

export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

export interface Exchangers {
  readonly records: readonly MxRecord[];
  /** The resolver vouches for them by DNSSEC. */
  readonly authenticated: boolean;
}

export interface Addresses {
  /** IPv6 and IPv4 in turn, IPv6 first (RFC 8305 §4). */
  readonly addresses: readonly string[];
  /** The resolver vouches for them, and for the aliases that led there. */
  readonly authenticated: boolean;
  /** Where aliases led to. */
  readonly canonicalName: string;
}

export interface Dns {
  /** The server's word on DNSSEC comes from this machine. */
  readonly local: boolean;
  /** The MX records, unsorted; none: the name has no MX. CNAMEs are followed. Throws `DnsFailure`. */
  mx(name: string): Promise<Exchangers>;
  /** None: the name has neither. Throws `DnsFailure` 'temporary'. */
  addresses(name: string): Promise<Addresses>;
  /** Any other question; answers are kept for their time. Throws `DnsFailure` 'temporary'. */
  ask<T extends keyof DnsData>(name: string, type: T): Promise<DnsAnswer<DnsData[T]>>;
}

/** `servers`: `host:port`, none: the system's (and then its hosts file for `systemAddresses`). */
export function createDns(
  servers: readonly string[],
  now: () => number = () => performance.now(),
  resolver: Resolver = createResolver(servers),
): Dns {
  const cache = new DnsCache<DnsAnswer<unknown>>(now);

  const ask = async <T extends keyof DnsData>(name: string, type: T): Promise<DnsAnswer<DnsData[T]>> => {
    const answer = await cache.get(`${type} ${name.toLowerCase()}`, async () => {
      try {
        const value = await resolver.ask(name, type);
        return { value, ttlMs: timeToKeep(value) };
      } catch (error) {
        throw new DnsFailure('temporary', name, error);
      }
    });
    return answer as DnsAnswer<DnsData[T]>;
  };

  return {
    local: resolver.local,
    ask,
    async mx(name) {
      const { records, exists, authenticated } = await ask(name, 'MX');
      if (!exists) throw new DnsFailure('no-such-name', name, null);
      return {
        authenticated,
        records: records.map(({ exchange, preference }) => ({
          exchange: exchange === '.' ? '' : exchange,
          priority: preference ?? 0,
        })),
      };
    },
    async addresses(name) {
      if (isIP(name)) return { addresses: [name], authenticated: false, canonicalName: name };
      const families = await Promise.allSettled([ask(name, 'AAAA'), ask(name, 'A')]);
      const answers = families.flatMap((family) => (family.status === 'fulfilled' ? [family.value] : []));
      const found = answers.filter(({ records }) => records.length > 0);
      const failed = families.find((family) => family.status === 'rejected');
      if (found.length === 0 && failed?.status === 'rejected') throw failed.reason;
      return {
        addresses: alternating(answers.flatMap(({ records }) => records)),
        authenticated: found.length > 0 && found.every(({ authenticated }) => authenticated),
        canonicalName: found[0]?.canonicalName ?? name,
      };
    },
  };
}

/** As getaddrinfo has it: hosts file, search domains and all. For the names of a local configuration. */
export async function systemAddresses(name: string): Promise<Addresses> {
  try {
    const found = await promises.lookup(name, { all: true, order: 'ipv4first' });
    return {
      addresses: found.map(({ address }) => address),
      authenticated: false,
      canonicalName: name,
    };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTFOUND')
      return { addresses: [], authenticated: false, canonicalName: name };
    throw new DnsFailure('temporary', name, cause);
  }
}

/** The families take turns, so that one which leads nowhere from here costs one try, not all. */
function alternating(addresses: readonly string[]): string[] {
  const six = addresses.filter((address) => isIPv6(address));
  const four = addresses.filter((address) => !isIPv6(address));
  const pairs = Array.from({ length: Math.max(six.length, four.length) }, (_, i) => [six[i], four[i]]);
  return pairs.flat().filter((address) => address !== undefined);
}

function timeToKeep({ records, ttlMs }: DnsAnswer<unknown>): number {
  return Math.max(MIN_TTL_MS, Math.min(ttlMs, records.length > 0 ? MAX_TTL_MS : MAX_ABSENT_TTL_MS));
}
