import { randomUUID } from 'node:crypto';
import type { Bus, BusSubscription } from '../bus/port.ts';
import { subjects } from '../bus/subjects.ts';
import type { Database } from '../database/port.ts';
import type { Logger } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { type ActorKind, createDirectory, type Directory, type Lease } from './directory.ts';
import type { Fence } from './fence.ts';
import { PARTITIONS, partitionOf } from './partition.ts';

export interface ActorHostOptions {
  readonly kind: ActorKind;
  readonly name: string;
  /** Without a renewal for this long a replica is declared dead. */
  readonly leaseMs: number;
  readonly database: Database;
  readonly bus: Bus;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Called when partitions came to this replica; requests for them may arrive afterwards. */
  readonly acquired: (partitions: readonly number[]) => Promise<void> | void;
  /** Called before partitions leave: resolves when their actors have ended their turns and take no new ones. */
  readonly released: (partitions: readonly number[]) => Promise<void> | void;
  /** The leases were taken away: drop every actor of these partitions at once, its cached state with it. */
  readonly fenced: (partitions: readonly number[]) => void;
}

/** Keeps this replica's share of the partitions: joins, renews, claims, gives back. */
export interface ActorHost {
  /** Joins and claims; resolves when the first partitions are held. Throws when the database is away. */
  start(): Promise<void>;
  fence(): Fence;
  /** True while the lease of the key's partition is surely ours, by our own clock. */
  holds(key: string): boolean;
  partitionOf(key: string): number;
  heldPartitions(): readonly number[];
  /** Call when a commit threw `FenceLost`: the host finds out and starts over. */
  suspectFenced(): void;
  notReady(): readonly string[];
  /** Hands everything over. */
  stop(): Promise<void>;
}

/** How often an owner renews and looks around, as a part of the lease. */
const TICKS_PER_LEASE = 6;

/** `start` it once whatever its callbacks use is in place. */
export function createActorHost(options: ActorHostOptions): ActorHost {
  return new Host(options);
}

class Host implements ActorHost {
  readonly #options: ActorHostOptions;
  readonly #directory: Directory;
  /** Partition → epoch. */
  readonly #held = new Map<number, number>();
  #fence: Fence = { replicaId: '' };
  /** Until when the leases are ours for sure, on the monotonic clock. */
  #validUntil = 0;
  #draining = false;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #tickAgain = false;
  #subscription: BusSubscription | undefined;
  readonly #changes;

  constructor(options: ActorHostOptions) {
    this.#options = options;
    this.#directory = createDirectory(options.database, options.kind, options.leaseMs);
    const labels = { kind: options.kind };
    options.metrics
      .gauge('cartero_lease_partitions', 'Partitions held by this replica', ['kind'])
      .set(labels, 0);
    this.#changes = options.metrics.counter('cartero_lease_changes_total', 'Partitions that came or went', [
      'kind',
      'change',
    ]);
  }

  async start(): Promise<void> {
    await this.#join();
    this.#subscription = await this.#options.bus.subscribe(subjects.leasesChanged(this.#options.kind), () => {
      this.#tickSoon();
      return undefined;
    });
    await this.#tick();
    this.#announce();
    this.#timer = setInterval(() => this.#tickSoon(), this.#options.leaseMs / TICKS_PER_LEASE);
  }

  fence(): Fence {
    return this.#fence;
  }

  holds(key: string): boolean {
    return this.#held.has(partitionOf(key)) && performance.now() < this.#validUntil;
  }

  partitionOf(key: string): number {
    return partitionOf(key);
  }

  heldPartitions(): readonly number[] {
    return performance.now() < this.#validUntil ? [...this.#held.keys()] : [];
  }

  suspectFenced(): void {
    this.#validUntil = 0;
    this.#tickSoon();
  }

  notReady(): readonly string[] {
    if (this.#draining) return ['draining'];
    return performance.now() < this.#validUntil
      ? []
      : [`the ${this.#options.kind} leases could not be renewed`];
  }

  async stop(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    clearInterval(this.#timer);
    await this.#ticking;
    await this.#subscription?.unsubscribe();
    const held = [...this.#held.keys()];
    await this.#options.released(held);
    this.#held.clear();
    this.#count('released', held.length);
    try {
      await this.#directory.leave(this.#fence.replicaId);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'leases could not be handed over; they will run out');
    }
    this.#announce();
  }

  #tickSoon(): void {
    if (this.#draining) return;
    if (this.#ticking) {
      this.#tickAgain = true;
      return;
    }
    this.#ticking = this.#tick()
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error, kind: this.#options.kind }, 'lease round failed');
      })
      .finally(() => {
        this.#ticking = undefined;
        if (this.#tickAgain) {
          this.#tickAgain = false;
          this.#tickSoon();
        }
      });
  }

  async #join(): Promise<void> {
    const asked = performance.now();
    const replicaId = `${this.#options.name}/${randomUUID()}`;
    await this.#directory.join(replicaId, this.#options.name);
    this.#fence = { replicaId };
    this.#validUntil = asked + this.#options.leaseMs;
  }

  async #tick(): Promise<void> {
    const asked = performance.now();
    if (await this.#directory.renew(this.#fence.replicaId, this.#draining)) {
      this.#validUntil = asked + this.#options.leaseMs;
    } else {
      await this.#startOver();
    }
    if ((await this.#directory.reap()) > 0) this.#announce();
    await this.#reconcile();
    await this.#balance();
  }

  /**
   * When the reply to a claim or a release was lost, the books and we differ. What is ours by the books alone nobody
   * serves: it is given back. What is ours by our own belief alone is another's.
   */
  async #reconcile(): Promise<void> {
    const { replicaId } = this.#fence;
    const owned = await this.#directory.owned(replicaId);
    const strays = owned.filter(({ partition, epoch }) => this.#held.get(partition) !== epoch);
    const epochs = new Map(owned.map(({ partition, epoch }) => [partition, epoch]));
    const lost = [...this.#held].filter(([partition, epoch]) => epochs.get(partition) !== epoch);
    if (lost.length > 0) {
      const partitions = lost.map(([partition]) => partition);
      for (const partition of partitions) this.#held.delete(partition);
      this.#options.fenced(partitions);
      this.#count('fenced', partitions.length);
    }
    if (strays.length === 0) return;
    await this.#directory.release(replicaId, strays);
    this.#announce();
  }

  async #startOver(): Promise<void> {
    const lost = [...this.#held.keys()];
    this.#options.log.warn(
      { kind: this.#options.kind, partitions: lost.length },
      'fenced: leases were taken over',
    );
    this.#held.clear();
    this.#count('fenced', lost.length);
    this.#options.fenced(lost);
    await this.#join();
  }

  async #balance(): Promise<void> {
    const members = Math.max(1, await this.#directory.members());
    const share = Math.ceil(PARTITIONS / members);
    if (this.#held.size < share) {
      const claimed = await this.#directory.claim(this.#fence.replicaId, share - this.#held.size);
      if (claimed.length > 0) await this.#acquire(claimed);
    } else if (this.#held.size > share) {
      const surplus = [...this.#held].slice(share).map(([partition, epoch]) => ({ partition, epoch }));
      for (const { partition } of surplus) this.#held.delete(partition);
      await this.#options.released(surplus.map(({ partition }) => partition));
      await this.#directory.release(this.#fence.replicaId, surplus);
      this.#count('released', surplus.length);
      this.#announce();
    }
  }

  async #acquire(claimed: readonly Lease[]): Promise<void> {
    for (const { partition, epoch } of claimed) this.#held.set(partition, epoch);
    try {
      await this.#options.acquired(claimed.map(({ partition }) => partition));
    } catch (error) {
      // Served by nobody, and so given back by the next round.
      for (const { partition } of claimed) this.#held.delete(partition);
      throw error;
    }
    this.#count('acquired', claimed.length);
  }

  #announce(): void {
    this.#options.bus.publish(subjects.leasesChanged(this.#options.kind), {});
  }

  #count(change: string, partitions: number): void {
    const kind = this.#options.kind;
    this.#changes.inc({ kind, change }, partitions);
    this.#options.metrics
      .gauge('cartero_lease_partitions', 'Partitions held by this replica', ['kind'])
      .set({ kind }, this.#held.size);
    if (partitions > 0) this.#options.log.info({ kind, change, partitions, held: this.#held.size }, 'leases');
  }
}
