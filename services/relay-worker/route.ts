import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { RouteTls } from '../../shared/spool/routes/route.ts';
import { type Condition, permanent, temporary } from './condition.ts';
import { type Addresses, type Dns, DnsFailure, type MxRecord } from './dns.ts';

/** Where a connection may go. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Addresses of the same host that may be tried while this one does not answer (RFC 8305). */
  readonly alternatives?: readonly string[];
  /** The domain whose exchanger it is; absent: the host is from our configuration or an address literal. */
  readonly domain?: string;
  /** That mail goes to this name is vouched for: by DNSSEC, or by our own configuration. */
  readonly nameVouched?: boolean;
  /** DNSSEC vouches for its addresses. */
  readonly addressVouched?: boolean;
  /** Where aliases of the name led. */
  readonly canonicalName?: string;
  /** What a route of the operator's asks of TLS. */
  readonly tls?: RouteTls;
  /** Whom we log in as there. */
  readonly login?: { readonly username: string; readonly password: string };
  /** The address of ours that it is called from. */
  readonly localAddress?: string;
}

export interface RouteOptions {
  readonly dns: Dns;
  /** In [0, 1): chooses among exchangers of equal preference. */
  readonly random: () => number;
  /** Our own name: an MX that leads back to us would loop. */
  readonly hostname: string;
  /** `host:port` of the smarthost, when there is one. */
  readonly relayHost?: string;
  /** The port of mail exchangers: 25, but for tests. */
  readonly relayPort: number;
  /** Addresses of the smarthost's name. */
  readonly relayHostAddresses: (name: string) => Promise<Addresses>;
}

/** More exchangers and addresses than these are not tried in one attempt; the next one shuffles anew. */
export const MAX_EXCHANGERS = 10;
export const MAX_ADDRESSES = 10;

/**
 * The next hops of a destination, best first (RFC 5321 §5.1), looked up as they are asked for. Returns why it ends: the last obstacle, or
 * null when at least one host was given and none stood in the way.
 */
export async function* route(
  destination: string,
  options: RouteOptions,
): AsyncGenerator<Host, Condition | null> {
  if (options.relayHost !== undefined) return yield* smarthost(options.relayHost, options);
  if (destination.startsWith('[')) return yield* literal(destination, options.relayPort);
  const found = await exchangers(destination, options);
  return 'names' in found ? yield* hosts(destination, found, options) : found;
}

async function* smarthost(relayHost: string, options: RouteOptions): AsyncGenerator<Host, Condition | null> {
  const colon = relayHost.lastIndexOf(':');
  const name = relayHost.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(relayHost.slice(colon + 1));
  try {
    const found = isIP(name) ? literalAddress(name) : await options.relayHostAddresses(name);
    yield* addressesOf({ name, port, nameVouched: true }, found);
    // Ours to mend: the mail waits for it.
    return found.addresses.length > 0 ? null : temporary('4.3.5', `the relay host ${name} has no address`);
  } catch (error) {
    return unanswered(name, error);
  }
}

/** RFC 5321 §4.1.3. */
async function* literal(destination: string, port: number): AsyncGenerator<Host, Condition | null> {
  const inside = destination.slice(1, destination.endsWith(']') ? -1 : undefined);
  const address = /^ipv6:/i.test(inside) ? inside.slice(5) : inside;
  if (address === inside ? !isIPv4(address) : !isIPv6(address))
    return permanent('5.1.2', `${destination} is no address`);
  yield* addressesOf({ name: address, port, nameVouched: false }, literalAddress(address));
  return null;
}

function literalAddress(address: string): Addresses {
  return { addresses: [address], authenticated: false, canonicalName: address };
}

/** One host, with each of its addresses first in turn. */
function* addressesOf(
  host: Pick<Host, 'name' | 'port' | 'domain' | 'nameVouched'>,
  { addresses, authenticated, canonicalName }: Addresses,
): Generator<Host, void> {
  for (const [i, address] of addresses.entries()) {
    const alternatives = addresses.slice(i + 1);
    yield { ...host, address, alternatives, addressVouched: authenticated, canonicalName };
  }
}

interface Exchangers {
  readonly names: readonly string[];
  readonly vouched: boolean;
}

/** Names by preference, equal ones in random order, or why there are none. */
async function exchangers(destination: string, options: RouteOptions): Promise<Exchangers | Condition> {
  let records: readonly MxRecord[];
  let vouched: boolean;
  try {
    ({ records, authenticated: vouched } = await options.dns.mx(destination));
  } catch (error) {
    return unanswered(destination, error);
  }
  // RFC 5321 §5.1: without an MX, the domain is its own exchanger.
  if (records.length === 0) return { names: [destination], vouched };
  // RFC 7505.
  if (records.length === 1 && records[0]!.exchange.replace(/\.$/, '') === '')
    return permanent('5.1.10', `${destination} does not accept mail (null MX)`);

  const own = records.find((record) => record.exchange.toLowerCase() === options.hostname.toLowerCase());
  const ahead = own ? records.filter((record) => record.priority < own.priority) : records;
  if (ahead.length === 0)
    return permanent('5.4.6', `mail for ${destination} loops back to ${options.hostname}`);
  const names = ahead
    .filter((record) => record.exchange !== '')
    .map((record) => ({ record, lot: options.random() }))
    .sort((a, b) => a.record.priority - b.record.priority || a.lot - b.lot)
    .map(({ record }) => record.exchange)
    .slice(0, MAX_EXCHANGERS);
  return { names, vouched };
}

async function* hosts(
  destination: string,
  { names, vouched }: Exchangers,
  options: RouteOptions,
): AsyncGenerator<Host, Condition | null> {
  let given = 0;
  let obstacle: Condition | null = null;
  for (const name of names) {
    let found: Addresses | undefined;
    try {
      found = await options.dns.addresses(name);
    } catch (error) {
      obstacle = unanswered(name, error);
    }
    const host = { name, port: options.relayPort, domain: destination, nameVouched: vouched };
    for (const step of found ? addressesOf(host, found) : []) {
      if (given++ >= MAX_ADDRESSES) return obstacle;
      yield step;
    }
  }
  if (obstacle !== null || given > 0) return obstacle;
  return permanent('5.4.4', `no mail exchanger of ${destination} has an address`);
}

function unanswered(name: string, error: unknown): Condition {
  if (error instanceof DnsFailure && error.kind === 'no-such-name')
    return permanent('5.1.2', `the domain ${name} does not exist`);
  return temporary('4.4.3', `the DNS gives no answer for ${name}`);
}
