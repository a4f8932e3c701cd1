import type { Limits } from '../../shared/protocol/smtp/client-extensions.ts';
import { domainOf } from '../../shared/protocol/smtp/path.ts';
import type { RemoteEntry } from '../../shared/spool/remote.ts';
import type { Condition } from './condition.ts';
import { OpenFailure } from './open-failure.ts';
import type { OutboundConnection } from './outbound-connection.ts';
import type { Host } from './route.ts';
import { blamesOurAddress } from './routing/block.ts';
import { type Content, misfit, transactionOf } from './transaction.ts';
import { refused, type Verdict, verdict } from './verdict.ts';

/** The message's bytes as they go out, and what must be known of them. */
export interface OutgoingMessage extends Content {
  /** `TLS-Required: No` (RFC 8689 §5): arriving matters more than any policy on TLS. Asked when one stands in the way. */
  tlsOptional(): Promise<boolean>;
  body(): AsyncIterable<Uint8Array>;
}

export interface AttemptOptions {
  /** An open connection to a host of this destination, if one is idle. */
  readonly reuse: () => OutboundConnection | undefined;
  /** `lax`: whatever policies say of TLS. */
  readonly open: (host: Host, lax?: boolean) => Promise<OutboundConnection>;
  /** Takes the connection back for the next message, or closes it. */
  readonly giveBack: (connection: OutboundConnection) => void;
  readonly route: () => AsyncGenerator<Host, Condition | null>;
  /** Unix milliseconds, the database's. */
  readonly now: () => number;
  /** The destination takes mail from us just now, over other connections. */
  readonly isServed: () => boolean;
  /** A host blames our address for what it refuses. True: there is another address, to be tried next time. */
  readonly blocked?: (address: string, reply: string) => Promise<boolean>;
}

export interface AttemptResult {
  readonly verdicts: ReadonlyMap<RemoteEntry, Verdict>;
  /** Set when no host of the destination could be talked to: others need not try just now. */
  readonly unreachable: Condition | null;
  /** A host that takes mail over other connections wanted no further one: nothing was tried. */
  readonly crowded?: boolean;
}

/** Hosts that are given the message before the rest waits for the next attempt: a greylisting farm is not walked to its end. */
export const MAX_SESSIONS = 2;

/** One attempt to deliver one message to recipients at one destination. */
export async function attempt(
  entries: readonly RemoteEntry[],
  message: OutgoingMessage,
  options: AttemptOptions,
): Promise<AttemptResult> {
  const verdicts = new Map<RemoteEntry, Verdict>();
  const pending = () => entries.filter((entry) => isOpen(verdicts.get(entry)));
  const heard = new Set<string>();
  const use = async (connection: OutboundConnection): Promise<boolean> => {
    try {
      const sent = await converse(connection, pending(), message, verdicts, options.now);
      await forgiveBlocks(connection, entries, verdicts, options);
      return sent;
    } finally {
      options.giveBack(connection);
    }
  };
  const idle = options.reuse();
  if (idle) {
    const sent = await use(idle);
    // A server may close an idle connection at any time: that was no attempt.
    if (sent) heard.add(idle.host.address);
    else verdicts.clear();
  }

  const obstacles: Condition[] = [];
  let crowded = false;
  if (pending().length > 0) {
    const hosts = options.route();
    /** Addresses that did not answer, or are not given anything. */
    const passedOver = new Set<string>();
    for (;;) {
      const step = await hosts.next();
      if (step.done) {
        if (step.value) obstacles.push(step.value);
        break;
      }
      if (heard.has(step.value.address) || passedOver.has(step.value.address)) continue;
      const connection = await open(step.value, entries, message, options).catch(async (error: unknown) => {
        if (!(error instanceof OpenFailure)) throw error;
        const condition = await forgiven(error.condition, step.value, options);
        obstacles.push(condition);
        // One that was for good until now blames our address: there is another.
        crowded ||= isRemotesWord(condition) && condition === error.condition;
        for (const address of [step.value.address, ...error.silent]) passedOver.add(address);
      });
      if (!connection) continue;
      for (const address of connection.silent) passedOver.add(address);
      if (heard.has(connection.host.address)) {
        options.giveBack(connection);
        continue;
      }
      await use(connection);
      heard.add(connection.host.address);
      if (pending().length === 0 || heard.size >= MAX_SESSIONS) break;
    }
    await hosts.return(null);
  }
  if (verdicts.size === 0 && crowded && options.isServed())
    return { verdicts, unreachable: null, crowded: true };
  const unreachable = verdicts.size === 0 ? worst(obstacles) : null;
  return { verdicts: withObstacles(entries, verdicts, obstacles), unreachable };
}

/** A reply of the remote's that may be another one later: 421 or 450 to a connection. */
function isRemotesWord({ reply, permanent }: Condition): boolean {
  return !permanent && /^4\d\d\b/.test(reply);
}

/** A refusal for the address that we came from is not for good while there is another one. */
async function forgiven(
  condition: Condition,
  { localAddress }: Host,
  { blocked }: AttemptOptions,
): Promise<Condition> {
  const ours = localAddress !== undefined && blocked !== undefined && blamesOurAddress(condition.reply);
  if (!ours || !(await blocked(localAddress, condition.reply))) return condition;
  return { ...condition, permanent: false, status: condition.status.replace(/^5/, '4') };
}

async function forgiveBlocks(
  connection: OutboundConnection,
  entries: readonly RemoteEntry[],
  verdicts: Map<RemoteEntry, Verdict>,
  options: AttemptOptions,
): Promise<void> {
  for (const entry of entries) {
    const known = verdicts.get(entry);
    if (known?.kind !== 'refused' || known.condition.remote !== connection.remote) continue;
    const condition = await forgiven(known.condition, connection.host, options);
    if (condition === known.condition) continue;
    connection.retire();
    verdicts.set(entry, { ...known, condition, next: 'nothing' });
  }
}

async function open(
  host: Host,
  entries: readonly RemoteEntry[],
  message: OutgoingMessage,
  options: AttemptOptions,
): Promise<OutboundConnection> {
  try {
    return await options.open(host);
  } catch (error) {
    const byPolicy = error instanceof OpenFailure && error.problem !== null && !error.handshake;
    if (!byPolicy || entries.some(({ requireTls }) => requireTls) || !(await message.tlsOptional()))
      throw error;
    return options.open(host, true);
  }
}

/** Not settled by this host: another one may. */
function isOpen(known: Verdict | undefined): boolean {
  return known === undefined || (known.kind === 'refused' && known.next !== 'nothing');
}

/**
 * One message over one connection; a full transaction is followed by another with the recipients left over.
 * False: the connection was gone before the server said anything.
 */
async function converse(
  connection: OutboundConnection,
  entries: readonly RemoteEntry[],
  message: OutgoingMessage,
  verdicts: Map<RemoteEntry, Verdict>,
  clock: () => number,
): Promise<boolean> {
  let rest = entries;
  let heard = false;
  while (rest.length > 0 && connection.usable) {
    const unfit = misfit(rest, connection, message);
    if (unfit) {
      // Another exchanger of the same domain may offer more.
      for (const entry of rest)
        verdicts.set(entry, { kind: 'refused', condition: unfit, next: 'another-host' });
      return true;
    }
    const [now, later] = withinLimits(rest, connection.extensions.limits);
    const delivery = await connection.deliver(transactionOf(now, message.size, clock()), message.body);
    heard ||= delivery.progress.mail !== null;
    now.forEach((entry, i) => {
      verdicts.set(entry, verdict(delivery, i, connection));
    });
    const leftOver = now.filter((entry) => isLeftOver(verdicts.get(entry)));
    if (leftOver.length === now.length) break;
    rest = [...leftOver, ...later];
  }
  return heard;
}

/** RFC 9422: what one transaction may have of recipients and their domains, and what is left for the next. */
function withinLimits(
  entries: readonly RemoteEntry[],
  { recipients, domains }: Limits,
): [RemoteEntry[], RemoteEntry[]] {
  const seen = new Set<string>();
  const now: RemoteEntry[] = [];
  const later: RemoteEntry[] = [];
  for (const entry of entries) {
    const domain = domainOf(entry.forwardPath);
    const fits =
      now.length < (recipients ?? Number.POSITIVE_INFINITY) &&
      (seen.has(domain) || seen.size < (domains ?? Number.POSITIVE_INFINITY));
    if (fits) seen.add(domain);
    (fits ? now : later).push(entry);
  }
  return [now, later];
}

function isLeftOver(known: Verdict | undefined): boolean {
  return known?.kind === 'refused' && known.next === 'another-transaction';
}

/** Who got no word from any host has the last obstacle for a reason. */
function withObstacles(
  entries: readonly RemoteEntry[],
  verdicts: Map<RemoteEntry, Verdict>,
  obstacles: readonly Condition[],
): ReadonlyMap<RemoteEntry, Verdict> {
  const condition = worst(obstacles);
  if (condition === null) return verdicts;
  for (const entry of entries) {
    if (!verdicts.has(entry)) verdicts.set(entry, refused(condition));
  }
  return verdicts;
}

/** One obstacle that may pass keeps the message waiting; the last one is told. */
function worst(obstacles: readonly Condition[]): Condition | null {
  return obstacles.findLast((obstacle) => !obstacle.permanent) ?? obstacles.at(-1) ?? null;
}
