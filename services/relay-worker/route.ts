import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type Condition, permanent, temporary } from './condition.ts';
import { type Dns, DnsFailure } from './dns.ts';

/** Where a connection may go. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly port: number;
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
  readonly relayHostAddresses: (name: string) => Promise<readonly string[]>;
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
  const names = await exchangers(destination, options);
  if (!Array.isArray(names)) return names as Condition;
  return yield* hosts(destination, names as string[], options);
}

async function* smarthost(relayHost: string, options: RouteOptions): AsyncGenerator<Host, Condition | null> {
  const colon = relayHost.lastIndexOf(':');
  const name = relayHost.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(relayHost.slice(colon + 1));
  try {
    const addresses = isIP(name) ? [name] : await options.relayHostAddresses(name);
    for (const address of addresses) yield { name, address, port };
    // Ours to mend: the mail waits for it.
    return addresses.length > 0 ? null : temporary('4.3.5', `the relay host ${name} has no address`);
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
  yield { name: address, address, port };
  return null;
}

/** Names by preference, equal ones in random order, or why there are none. */
async function exchangers(destination: string, options: RouteOptions): Promise<string[] | Condition> {
  let records: readonly { exchange: string; priority: number }[];
  try {
    records = await options.dns.mx(destination);
  } catch (error) {
    return unanswered(destination, error);
  }
  // RFC 5321 §5.1: without an MX, the domain is its own exchanger.
  if (records.length === 0) return [destination];
  // RFC 7505.
  if (records.length === 1 && records[0]!.exchange.replace(/\.$/, '') === '')
    return permanent('5.1.10', `${destination} does not accept mail (null MX)`);

  const own = records.find((record) => record.exchange.toLowerCase() === options.hostname.toLowerCase());
  const ahead = own ? records.filter((record) => record.priority < own.priority) : records;
  if (ahead.length === 0)
    return permanent('5.4.6', `mail for ${destination} loops back to ${options.hostname}`);
  return ahead
    .filter((record) => record.exchange !== '')
    .map((record) => ({ record, lot: options.random() }))
    .sort((a, b) => a.record.priority - b.record.priority || a.lot - b.lot)
    .map(({ record }) => record.exchange)
    .slice(0, MAX_EXCHANGERS);
}

async function* hosts(
  destination: string,
  names: readonly string[],
  options: RouteOptions,
): AsyncGenerator<Host, Condition | null> {
  let given = 0;
  let obstacle: Condition | null = null;
  for (const name of names) {
    let addresses: readonly string[] = [];
    try {
      addresses = await options.dns.addresses(name);
    } catch (error) {
      obstacle = unanswered(name, error);
    }
    for (const address of addresses) {
      if (given++ >= MAX_ADDRESSES) return obstacle;
      yield { name, address, port: options.relayPort };
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
