import { ActorOverloaded } from '../../shared/actor/actor.ts';
import { FenceLost } from '../../shared/actor/fence.ts';
import { type ActorHost, createActorHost } from '../../shared/actor/host.ts';
import { partitionOf } from '../../shared/actor/partition.ts';
import type { BusDelivery, BusSubscription, Json } from '../../shared/bus/port.ts';
import { subjects } from '../../shared/bus/subjects.ts';
import { DatabaseUnavailable } from '../../shared/database/port.ts';
import { timeOfEmailId } from '../../shared/mailbox/email-id.ts';
import type { MailboxRequest, MailboxVerb } from '../../shared/mailbox/operations.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Ports, Running, StartService } from '../../shared/runtime/service.ts';
import { type Delivered, type LocalEntry, waitingLocal } from '../../shared/spool/deliver.ts';
import { perform } from './access.ts';
import { type Commits, createCommits } from './commits.ts';
import type { FilterOptions } from './filter/deliver-filtered.ts';
import { Housekeeping, JOBS } from './housekeeping/housekeeping.ts';
import { receivedReports } from './housekeeping/received-reports.ts';
import { Indexer } from './indexing/indexer.ts';
import { MailboxActor } from './mailbox-actor.ts';
import { OPERATIONS } from './operations.ts';
import { queueMetrics } from './queue-metrics.ts';
import { Refused } from './turn.ts';

/** An actor without a turn for this long is passivated: it holds nothing that the database does not. */
const PASSIVATE_AFTER_MS = 300_000;
const SWEEP_MS = 30_000;
/** Whoever holds this mailbox partition clears away for all. */
const HOUSEKEEPING_PARTITION = 0;
/** Entries a poll brings in at most; the next poll brings more. */
const POLL_ENTRIES = 1_000;
/** A hint is given this long before the poll takes its entry for missed. */
const HINT_GRACE_MS = 500;

export const start: StartService = async (ports, config) => {
  const store = new MailboxStore(ports, config);
  await store.start();
  return store;
};

class MailboxStore implements Running {
  readonly addresses = {};
  readonly #ports: Ports;
  readonly #pollMs: number;
  readonly #actors = new Map<AccountId, MailboxActor>();
  readonly #subscriptions = new Map<number, Promise<BusSubscription>[]>();
  #commits: { readonly replicaId: string; readonly of: Commits } | undefined;
  readonly #requests;
  readonly #seconds;
  readonly #delivered;
  readonly #deliverySeconds;
  readonly #filter: Omit<FilterOptions, 'commits'>;
  readonly #host: ActorHost;
  readonly #housekeeping: Housekeeping;
  readonly #indexer: Indexer;
  #timers: NodeJS.Timeout[] = [];
  #polling = false;
  #stopping: Promise<void> | undefined;

  constructor(
    ports: Ports,
    { pollMs, leaseMs, replicaName: name, hostname, detailSeparators, reportsAddress }: Config,
  ) {
    this.#ports = ports;
    this.#pollMs = pollMs;
    const { database, bus, log, metrics } = ports;
    this.#host = createActorHost({
      kind: 'mailbox',
      name,
      leaseMs,
      database,
      bus,
      log,
      metrics,
      acquired: (partitions) => this.#acquire(partitions),
      released: (partitions) => this.#release(partitions),
      fenced: (partitions) => this.#drop(partitions),
    });
    this.#housekeeping = new Housekeeping({
      jobs: reportsAddress === undefined ? JOBS : [...JOBS, receivedReports(ports, reportsAddress)],
      database,
      log,
      metrics,
      fence: () => this.#host.fence(),
      mine: () => this.#host.heldPartitions().includes(HOUSEKEEPING_PARTITION),
      fenceLost: () => this.#host.suspectFenced(),
    });
    this.#indexer = new Indexer({
      database,
      storage: ports.storage,
      log,
      metrics,
      fence: () => this.#host.fence(),
      holds: (account) => this.#host.holds(account),
      fenceLost: () => this.#host.suspectFenced(),
    });
    this.#requests = metrics.counter('cartero_mailbox_requests_total', 'Requests to mailbox actors', [
      'verb',
      'outcome',
    ]);
    this.#seconds = metrics.histogram(
      'cartero_mailbox_turn_seconds',
      'From the request to its reply',
      [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
      ['verb'],
    );
    this.#delivered = metrics.counter('cartero_messages_delivered_total', 'Messages put into mailboxes');
    this.#deliverySeconds = metrics.histogram(
      'cartero_delivery_seconds',
      'From the arrival of a message to its mailbox',
      [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600],
      [],
      true,
    );
    const failures = metrics.counter('cartero_sieve_failures_total', 'Scripts that failed while they ran');
    this.#filter = {
      ports,
      hostname,
      detailSeparators: detailSeparators ?? '',
      failed: () => failures.inc(),
    };
    queueMetrics({
      database,
      metrics,
      mine: () => this.#host.heldPartitions().includes(HOUSEKEEPING_PARTITION),
    });
    metrics.gauge('cartero_mailbox_actors', 'Active mailbox actors', [], (gauge) =>
      gauge.set({}, this.#actors.size),
    );
  }

  async start(): Promise<void> {
    await this.#host.start();
    this.#timers = [
      setInterval(() => void this.#poll(), this.#pollMs),
      setInterval(() => this.#passivate(), SWEEP_MS),
    ];
    this.#ports.bus.onReconnect(() => void this.#poll());
    this.#housekeeping.start();
    this.#indexer.start();
    await this.#poll();
  }

  notReady(): readonly string[] {
    return this.#ports.bus.connected
      ? this.#host.notReady()
      : ['the bus is not connected', ...this.#host.notReady()];
  }

  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const timer of this.#timers) clearInterval(timer);
      await Promise.all([this.#housekeeping.stop(), this.#indexer.stop()]);
      await this.#host.stop();
    })();
    return this.#stopping;
  }

  async #acquire(partitions: readonly number[]): Promise<void> {
    await Promise.all(
      partitions.flatMap((partition) => {
        const pending = [
          this.#ports.bus.subscribe(subjects.mailboxPartition(partition), (delivery) =>
            this.#answer(delivery),
          ),
          this.#ports.bus.subscribe(subjects.spoolLocal(partition), (delivery) =>
            this.#hinted(partition, delivery),
          ),
        ];
        this.#subscriptions.set(partition, pending);
        return pending;
      }),
    );
    setImmediate(() => void this.#poll());
    this.#indexer.look();
  }

  async #release(partitions: readonly number[]): Promise<void> {
    await Promise.all(
      partitions.flatMap((partition) => {
        const pending = this.#subscriptions.get(partition) ?? [];
        this.#subscriptions.delete(partition);
        return pending.map(async (subscription) => (await subscription).unsubscribe());
      }),
    );
    const leaving = new Set(partitions);
    for (const [account, actor] of this.#actors) {
      if (!leaving.has(partitionOf(account))) continue;
      await actor.leave();
      this.#actors.delete(account);
    }
  }

  #drop(partitions: readonly number[]): void {
    const lost = new Set(partitions);
    for (const partition of lost) {
      for (const subscription of this.#subscriptions.get(partition) ?? []) {
        void subscription.then((live) => live.unsubscribe()).catch(() => undefined);
      }
      this.#subscriptions.delete(partition);
    }
    for (const account of this.#actors.keys())
      if (lost.has(partitionOf(account))) this.#actors.delete(account);
  }

  #actor(account: AccountId): MailboxActor {
    let actor = this.#actors.get(account);
    if (actor === undefined) {
      const delivered = (result: Delivered, entries: readonly LocalEntry[]): void => {
        this.#delivered.inc({}, result.messages);
        this.#changed(account, result.modSeq, entries[0]);
        this.#trace(entries, result.messages);
      };
      const failed = (error: unknown): void => this.#failed(error, { delivery: account });
      const index = (): Promise<boolean> => this.#indexer.now(account);
      actor = new MailboxActor(account, this.#filter, this.#commitsNow(), delivered, failed, index);
      this.#actors.set(account, actor);
    }
    return actor;
  }

  #commitsNow(): Commits {
    const fence = this.#host.fence();
    if (this.#commits?.replicaId !== fence.replicaId) {
      const of = createCommits(this.#ports.database, this.#ports.metrics, fence);
      this.#commits = { replicaId: fence.replicaId, of };
    }
    return this.#commits.of;
  }

  #changed(account: AccountId, modSeq: number, delivered?: LocalEntry): void {
    const arrival = delivered && {
      at: timeOfEmailId(delivered.emailId),
      traceparent: delivered.traceparent ?? null,
    };
    this.#ports.bus.publish(subjects.mailboxChanged(account), arrival ? { modSeq, arrival } : { modSeq });
    this.#indexer.changed(account);
  }

  #trace(entries: readonly LocalEntry[], messages: number): void {
    const now = this.#ports.database.now();
    for (const entry of entries) {
      const seconds = Math.max(0, now - timeOfEmailId(entry.emailId)) / 1_000;
      this.#deliverySeconds.observe({}, seconds, entry.traceparent);
      if (!entry.traceparent) continue;
      void this.#ports.tracing.span(
        'mailbox.deliver',
        {
          parent: entry.traceparent,
          attributes: { 'cartero.email_id': entry.emailId, 'cartero.batch': messages },
        },
        async () => undefined,
      );
    }
  }

  /** A request to an actor. Who does not hold the lease says so, and the caller asks again. */
  async #answer(delivery: BusDelivery): Promise<Json | undefined> {
    const verb = subjects.lastToken(delivery.subject) as MailboxVerb;
    const request = delivery.payload as unknown as MailboxRequest<MailboxVerb>;
    if (!Object.hasOwn(OPERATIONS, verb) || typeof request?.account !== 'string')
      return { refused: 'not-found', text: 'no such operation' };
    if (!this.#host.holds(request.account)) return { unavailable: true };
    const started = performance.now();
    let outcome = 'done';
    try {
      const reply = await this.#ports.tracing.span(
        `mailbox.${verb}`,
        { parent: delivery.headers.traceparent },
        () => this.#actor(request.account).turn((turn) => perform(verb, turn, request)),
      );
      if ('refused' in reply) outcome = 'refused';
      else if (CHANGING.has(verb)) this.#changed(request.account, (reply as { modSeq?: number }).modSeq ?? 0);
      else if (RENAMING.has(verb))
        this.#ports.bus.publish(subjects.mailboxChanged(request.account), { modSeq: 0, what: 'names' });
      return reply as Json;
    } catch (error) {
      if (error instanceof Refused) {
        outcome = 'refused';
        return error.refusal as unknown as Json;
      }
      outcome = 'unavailable';
      this.#failed(error, { verb });
      return { unavailable: true, final: !passes(error) };
    } finally {
      this.#requests.inc({ verb, outcome });
      this.#seconds.observe({ verb }, (performance.now() - started) / 1000);
    }
  }

  #failed(error: unknown, context: object): void {
    if (error instanceof FenceLost) this.#host.suspectFenced();
    else if (error instanceof DatabaseUnavailable)
      this.#ports.log.warn({ err: error, ...context }, 'the database is away');
    else this.#ports.log.error({ err: error, ...context }, 'a turn failed');
  }

  #hinted(partition: number, delivery: BusDelivery): undefined {
    const { entries } = delivery.payload as { entries: [AccountId, string, string | null, boolean?][] };
    this.#expect(
      entries.map(([account, emailId, traceparent, junk = false]) => ({
        partition,
        account,
        emailId,
        traceparent,
        junk,
      })),
    );
  }

  #expect(entries: readonly LocalEntry[]): void {
    const byAccount = Map.groupBy(entries, (entry) => entry.account);
    for (const [account, own] of byAccount) if (this.#host.holds(account)) this.#actor(account).expect(own);
  }

  /** Behind the hints: finds what they missed. */
  async #poll(): Promise<void> {
    if (this.#polling || this.#stopping !== undefined) return;
    this.#polling = true;
    try {
      const held = this.#host.heldPartitions();
      this.#expect(
        await waitingLocal(
          this.#ports.database,
          held,
          this.#ports.database.now() - HINT_GRACE_MS,
          POLL_ENTRIES,
        ),
      );
    } catch (error) {
      this.#failed(error, { poll: true });
    } finally {
      this.#polling = false;
    }
  }

  #passivate(): void {
    for (const [account, actor] of this.#actors) {
      if (actor.idleFor() > PASSIVATE_AFTER_MS) this.#actors.delete(account);
    }
  }
}

/** True for failures that asking again may cure; a bug would only be met again. */
function passes(error: unknown): boolean {
  return (
    error instanceof FenceLost || error instanceof DatabaseUnavailable || error instanceof ActorOverloaded
  );
}

/** Verbs after which other sessions have something to see. */
const CHANGING: ReadonlySet<MailboxVerb> = new Set([
  'append',
  'copy',
  'create',
  'delete',
  'expunge',
  'rename',
  'setAcl',
  'setEmails',
  'setMailbox',
  'setMetadata',
  'putObjects',
  'store',
  'subscribe',
]);

/** Verbs after which only names, subscriptions or annotations are others. */
const RENAMING: ReadonlySet<MailboxVerb> = new Set(['create', 'setMetadata', 'subscribe']);
