import { DatabaseUnavailable } from '../../shared/database/port.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { Tracing } from '../../shared/runtime/tracing.ts';
import type { RemoteEntry, RemoteSpool } from '../../shared/spool/remote.ts';
import { type AttemptResult, attempt, type OutgoingMessage } from './attempt.ts';
import { beforehand } from './beforehand.ts';
import { Concurrency } from './concurrency.ts';
import { type Condition, temporary } from './condition.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { Opener } from './open-host.ts';
import type { OutboundConnection } from './outbound-connection.ts';
import { type Outcome, outcomeOf, type RetryOptions } from './outcome.ts';
import type { Host } from './route.ts';
import { Settlement, type SettlementOptions } from './settlement.ts';
import type { Slots } from './slots.ts';
import { takeTurns } from './take-turns.ts';
import { refused, type Verdict } from './verdict.ts';

/** Entries read from the spool at once. */
const BATCH = 200;
/** With fewer messages waiting than this, more are read. */
const LOW_WATER = 16;
/** Messages read together with the one that goes out. */
const READ_AHEAD = 15;
/** Entries held, those not yet settled included; beyond it nothing more is begun. */
const MAX_HELD = 2_000;
/** A destination without any host to talk to is left alone this long: what is due meanwhile is put off untried. */
const UNREACHABLE_MS = 60_000;
/** So many refusals in a row, and nothing taken: the destination is left alone for a while. */
const MAX_REFUSALS = 20;
/** A server that has a whole message and has not answered gets this many times the grace: cut off, the message may arrive twice. */
const UNCERTAIN_GRACES = 2;
/** What is cut off, or says goodbye, ends within this. A connection only being opened cannot be cut off; it ends by itself, and does no more. */
const CUT_OFF_MS = 250;

export interface DestinationDeps extends Omit<SettlementOptions, 'destination' | 'settled'> {
  readonly spool: RemoteSpool;
  /** The lease is surely ours: only then is anything begun. */
  readonly holds: (destination: string) => boolean;
  /** Why it is no use to send this entry anywhere; absent: nothing is known of recipients. */
  readonly unknown?: (entry: RemoteEntry) => Promise<Condition | null>;
  /** Those of the entries that belong here by the routes; the others were put where they belong. Absent: all do. */
  readonly placed?: (destination: string, entries: readonly RemoteEntry[]) => Promise<readonly RemoteEntry[]>;
  /** A host blames the address of ours that it was called from. True: there is another one to try from. */
  readonly blocked?: (destination: string, address: string, reply: string) => Promise<boolean>;
  /** `upcoming`: what goes out next. */
  readonly message: (entry: RemoteEntry, upcoming: () => readonly RemoteEntry[]) => Promise<OutgoingMessage>;
  readonly route: (destination: string) => AsyncGenerator<Host, Condition | null>;
  readonly open: Opener;
  readonly slots: Slots;
  /** Connections to one destination, cluster-wide, as it has one actor. */
  readonly connections: number;
  readonly retry: RetryOptions;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly tracing: Tracing;
  readonly log: Logger;
  /** Told of each outcome. */
  readonly observe: (outcome: Outcome, now: number) => void;
}

/** All mail for one next hop: what is due, over how many connections, what came of it. */
export class DestinationActor {
  readonly destination: string;
  readonly #deps: DestinationDeps;
  readonly #concurrency: Concurrency;
  readonly #pool: ConnectionPool;
  readonly #settlement: Settlement;
  /** Entries taken from the spool and not settled: those waiting, under way, and done. */
  readonly #held = new Set<string>();
  /** Entries let go while a read was under way, which may still have seen them. */
  readonly #letGo = new Set<string>();
  #waiting: RemoteEntry[][] = [];
  readonly #workers = new Set<Promise<void>>();
  #unreachable: { readonly condition: Condition; readonly until: number } | null = null;
  /** Messages refused for now since one was taken. */
  #refusals = 0;
  /** The sender from which the next look at all of them goes on. */
  #after = '';
  #wanted = false;
  #reading = false;
  #stopping = false;
  #cut = false;

  constructor(destination: string, deps: DestinationDeps) {
    this.destination = destination;
    this.#deps = deps;
    this.#concurrency = new Concurrency(deps.connections, deps.now);
    this.#pool = new ConnectionPool(() => this.#concurrency.limit, deps.slots, deps.open);
    this.#settlement = new Settlement({
      ...deps,
      destination,
      settled: (outcomes) => this.#settled(outcomes),
    });
  }

  /** Nothing held, no connection open, nothing learned: it can be forgotten. */
  get idle(): boolean {
    return (
      !this.#concurrency.learned &&
      this.#held.size === 0 &&
      this.#workers.size === 0 &&
      this.#pool.size === 0 &&
      !this.#reading
    );
  }

  /** There may be entries due. Cheap, and to be called as often as one likes. `retry`: try even if nobody answered just now. */
  hint(retry = false): void {
    if (retry) this.#unreachable = null;
    this.#wanted = true;
    void this.#read();
  }

  /** Forgets what it has read and not begun: it is read again. */
  letGo(): void {
    for (const entries of this.#waiting.splice(0)) this.#forget(entries);
    this.#wanted = true;
  }

  /**
   * Begins nothing more; waits for what is under way, cuts it off after `graceMs`, and settles what came of it.
   * Takes four times as long at most, and half a second.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#waiting = [];
    this.#pool.close();
    await within(graceMs, Promise.all(this.#workers));
    this.#cut = true;
    this.#pool.destroy('this server shuts down', { uncertain: false });
    await within(UNCERTAIN_GRACES * graceMs, this.#pool.gone());
    this.#pool.destroy('this server shuts down', { uncertain: true });
    await within(CUT_OFF_MS, Promise.all(this.#workers));
    await within(graceMs, this.#settlement.idle());
    this.#settlement.abandon();
    await within(CUT_OFF_MS, this.#pool.gone());
  }

  /** The lease is gone: nothing of what this actor knows or does counts any more. */
  fenced(): void {
    this.#stopping = true;
    this.#waiting = [];
    this.#settlement.abandon();
    this.#cut = true;
    this.#pool.destroy('this server lost its lease', { uncertain: true });
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#mayRead()) {
        this.#wanted = false;
        const limit = this.#held.size + BATCH;
        const due = await this.#deps.spool.due(this.destination, this.#deps.now(), limit);
        const backlog = due.length >= limit;
        const others = backlog ? await this.#others(due.at(-1)!.priority) : [];
        const unread = new Map<string, RemoteEntry>();
        for (const entry of [...due, ...others]) {
          const key = keyOf(entry);
          if (!this.#held.has(key) && !this.#letGo.has(key)) unread.set(key, entry);
        }
        this.#letGo.clear();
        const found = [...unread.values()];
        const fresh = (await this.#deps.placed?.(this.destination, found)) ?? found;
        if (this.#stopping) break;
        for (const entry of fresh) this.#held.add(keyOf(entry));
        this.#waiting.push(...takeTurns(fresh));
        if (backlog) this.#wanted = true;
        this.#employ();
      }
    } catch (error) {
      this.#deps.log.warn({ err: error, destination: this.destination }, 'due entries could not be read');
    } finally {
      this.#reading = false;
      this.#letGo.clear();
    }
  }

  /** What one sender's backlog would hide. */
  async #others(priority: number): Promise<readonly RemoteEntry[]> {
    const { spool, now } = this.#deps;
    const { entries, after } = await spool.othersDue(this.destination, priority, now(), this.#after);
    this.#after = after;
    return entries;
  }

  #mayRead(): boolean {
    return this.#wanted && !this.#stopping && this.#waiting.length < LOW_WATER && this.#held.size < MAX_HELD;
  }

  #forget(entries: readonly RemoteEntry[]): void {
    for (const entry of entries) {
      this.#held.delete(keyOf(entry));
      if (this.#reading) this.#letGo.add(keyOf(entry));
    }
  }

  #employ(): void {
    let unclaimed = this.#waiting.length;
    while (unclaimed-- > 0 && this.#workers.size < this.#concurrency.limit) {
      const worker: Promise<void> = this.#work().finally(() => this.#workers.delete(worker));
      this.#workers.add(worker);
    }
  }

  async #work(): Promise<void> {
    for (let entries = this.#waiting.shift(); entries; entries = this.#waiting.shift()) {
      if (this.#workers.size > this.#concurrency.limit) {
        this.#waiting.unshift(entries);
        return;
      }
      try {
        if (this.#deps.holds(this.destination)) await this.#deliver(entries);
        else this.#forget(entries);
      } catch (error) {
        // Not begun, so not an attempt: it stays due.
        this.#deps.log.warn({ err: error, destination: this.destination }, 'an attempt was not begun');
        this.#forget(entries);
      }
      if (this.#mayRead()) void this.#read();
    }
  }

  async #deliver(entries: readonly RemoteEntry[]): Promise<void> {
    const { verdicts, unreachable, crowded } = await this.#attempt(entries);
    if (crowded) {
      // Nothing was asked of the remote for these: they go over a connection that stands.
      this.#concurrency.tooMany(this.#pool.standing);
      this.#waiting.unshift([...entries]);
      return;
    }
    const now = this.#deps.now();
    if (unreachable) this.#leaveAlone(unreachable, now);
    else this.#learn([...verdicts.values()], now);
    const lot = this.#deps.random();
    const outcomes = entries.flatMap((entry) => {
      const verdict = verdicts.get(entry);
      // Cut off by us, or beyond what the server takes at once (RFC 9422): no attempt of the message's own. It stays due.
      if (verdict === undefined || (verdict.kind === 'refused' && this.#cut)) {
        this.#forget([entry]);
        this.#wanted = true;
        return [];
      }
      return [outcomeOf(entry, verdict, now, lot, this.#deps.retry)];
    });
    for (const outcome of outcomes) this.#deps.observe(outcome, now);
    if (outcomes.length > 0) this.#settlement.add(outcomes);
  }

  async #attempt(entries: readonly RemoteEntry[]): Promise<AttemptResult> {
    const verdicts = new Map<RemoteEntry, Verdict>();
    for (const entry of entries) {
      const known = beforehand(entry, this.#deps.now());
      const condition = known ? null : ((await this.#deps.unknown?.(entry)) ?? this.#leftAlone());
      if (known) verdicts.set(entry, known);
      else if (condition) verdicts.set(entry, refused(condition));
    }
    const rest = entries.filter((entry) => !verdicts.has(entry));
    if (rest.length === 0) return { verdicts, unreachable: null };
    const result = await this.#tryNow(rest);
    if (result.crowded) return result;
    const nothing = refused(temporary('4.3.0', 'nothing came of the attempt'));
    if (result.verdicts.size === 0) for (const entry of rest) verdicts.set(entry, nothing);
    for (const [entry, verdict] of result.verdicts) verdicts.set(entry, verdict);
    return { verdicts, unreachable: result.unreachable };
  }

  #leaveAlone(condition: Condition, now: number): void {
    const pause = Math.min(UNREACHABLE_MS, this.#deps.retry.retryScheduleMs[0] ?? 0);
    this.#unreachable = { condition, until: now + pause };
  }

  /** What the remote's replies say of how much it takes. */
  #learn(verdicts: readonly Verdict[], now: number): void {
    const refusals = verdicts.filter((verdict) => verdict.kind === 'refused');
    if (verdicts.length > refusals.length || refusals.some(({ condition }) => condition.permanent)) {
      this.#refusals = 0;
      return;
    }
    const last = refusals.at(-1);
    if (last === undefined || last.condition.remote === '') return;
    if (/^421\b/.test(last.condition.reply)) this.#concurrency.tooMany(Math.floor(this.#pool.standing / 2));
    if (++this.#refusals < MAX_REFUSALS) return;
    this.#refusals = 0;
    this.#leaveAlone(last.condition, now);
  }

  #leftAlone(): Condition | null {
    if (this.#unreachable && this.#unreachable.until <= this.#deps.now()) this.#unreachable = null;
    return this.#unreachable?.condition ?? null;
  }

  async #tryNow(entries: readonly RemoteEntry[]): Promise<AttemptResult> {
    const deps = this.#deps;
    const [first] = entries as [RemoteEntry];
    const attributes = {
      'cartero.destination': this.destination,
      'cartero.email_id': first.emailId,
      'cartero.recipients': entries.length,
    };
    try {
      return await deps.tracing.span('relay.attempt', { parent: first.traceparent, attributes }, async () =>
        attempt(entries, this.#whileHeld(await deps.message(first, () => this.#upcoming())), {
          reuse: () => this.#pool.reuse(),
          open: (host, lax) => this.#open(host, lax),
          isServed: () => this.#pool.standing > 0,
          giveBack: (connection) => this.#pool.giveBack(connection),
          route: () => deps.route(this.destination),
          blocked: deps.blocked && ((address, reply) => deps.blocked!(this.destination, address, reply)),
          now: deps.now,
        }),
      );
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      deps.log.error(
        { err: error, destination: this.destination, emailId: first.emailId },
        'an attempt failed on our side',
      );
      const verdict = refused(temporary('4.3.0', 'an error on our side'));
      return { verdicts: new Map(entries.map((entry) => [entry, verdict])), unreachable: null };
    }
  }

  async #open(host: Host, lax?: boolean): Promise<OutboundConnection> {
    const connection = await this.#pool.open(host, lax);
    this.#concurrency.answered();
    this.#employ();
    return connection;
  }

  #upcoming(): RemoteEntry[] {
    return this.#waiting.slice(0, READ_AHEAD).flatMap(([first]) => first ?? []);
  }

  /** The final dot is not sent once the lease is gone: the new owner sends the message, too. */
  #whileHeld(message: OutgoingMessage): OutgoingMessage {
    const held = () => this.#deps.holds(this.destination);
    return {
      utf8Header: message.utf8Header,
      tlsOptional: () => message.tlsOptional(),
      size: message.size,
      async *body() {
        yield* message.body();
        if (!held()) throw new Error('the lease ended');
      },
    };
  }

  #settled(outcomes: readonly Outcome[]): void {
    this.#forget(outcomes.map((outcome) => outcome.entry));
    if (this.#mayRead()) void this.#read();
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    work,
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}

function keyOf(entry: RemoteEntry): string {
  return `${entry.emailId}/${entry.recipientNo}`;
}
