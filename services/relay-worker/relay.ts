import type { Bus, BusSubscription, Json } from '../../shared/bus/port.ts';
import { subjects } from '../../shared/bus/subjects.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { RemoteSpool } from '../../shared/spool/remote.ts';
import { DestinationActor, type DestinationDeps } from './destination-actor.ts';

/** Destinations found by one poll; as those that wait longest come first, the rest comes with the next. */
const MAX_DUE = 5_000;
/** The part of a lease that transactions under way get when their partition moves: the lease is not renewed meanwhile. */
const HAND_OVER_PART = 1 / 16;

export interface RelayOptions {
  readonly destination: DestinationDeps;
  readonly spool: RemoteSpool;
  readonly bus: Bus;
  readonly log: Logger;
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly heldPartitions: () => readonly number[];
  readonly partitionOf: (destination: string) => number;
}

/** The destination actors of this worker, and what wakes them: hints, and a poll behind them. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #actors = new Map<string, DestinationActor>();
  readonly #subscriptions = new Map<number, BusSubscription>();
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | null = null;
  #stopped = false;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  get destinations(): number {
    return this.#actors.size;
  }

  start(): void {
    this.#timer = setInterval(() => this.#poll(), this.#options.pollMs);
    this.#poll();
  }

  async acquired(partitions: readonly number[]): Promise<void> {
    await Promise.all(
      partitions.map(async (partition) => {
        const subscription = await this.#options.bus.subscribe(
          subjects.spoolRemote(partition),
          ({ payload }) => {
            this.#hinted(payload);
            return undefined;
          },
        );
        this.#subscriptions.set(partition, subscription);
      }),
    );
  }

  async released(
    partitions: readonly number[],
    graceMs = this.#options.leaseMs * HAND_OVER_PART,
  ): Promise<void> {
    this.#unsubscribe(partitions);
    await Promise.all(
      this.#actorsOf(partitions).map(async (actor) => {
        this.#actors.delete(actor.destination);
        await actor.stop(graceMs);
      }),
    );
  }

  fenced(partitions: readonly number[]): void {
    this.#unsubscribe(partitions);
    for (const actor of this.#actorsOf(partitions)) {
      this.#actors.delete(actor.destination);
      actor.fenced();
    }
  }

  /** Lets what is under way end within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#polling;
    await this.released([...this.#subscriptions.keys()], graceMs / 4);
  }

  #unsubscribe(partitions: readonly number[]): void {
    for (const partition of partitions) {
      void this.#subscriptions.get(partition)?.unsubscribe();
      this.#subscriptions.delete(partition);
    }
  }

  #actorsOf(partitions: readonly number[]): DestinationActor[] {
    const wanted = new Set(partitions);
    return [...this.#actors.values()].filter((actor) =>
      wanted.has(this.#options.partitionOf(actor.destination)),
    );
  }

  /** A hint may name its destinations; one that does not stands for any. `retry`: someone asked for an attempt now. `reread`: entries were changed by others. */
  #hinted(payload: Json): void {
    const { destinations, retry, reread } = (payload ?? {}) as {
      readonly destinations?: Json;
      readonly retry?: Json;
      readonly reread?: Json;
    };
    if (!Array.isArray(destinations)) this.#poll();
    const names: readonly Json[] = Array.isArray(destinations) ? destinations : [];
    for (const name of names) {
      if (typeof name !== 'string') continue;
      if (reread === true) this.#actors.get(name)?.letGo();
      this.#wake(name, retry === true);
    }
  }

  #wake(destination: string, retry = false): void {
    if (this.#stopped || !this.#options.destination.holds(destination)) return;
    let actor = this.#actors.get(destination);
    if (!actor) {
      actor = new DestinationActor(destination, this.#options.destination);
      this.#actors.set(destination, actor);
    }
    actor.hint(retry);
  }

  #poll(): void {
    if (this.#polling || this.#stopped) return;
    this.#polling = this.#findDue()
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'the spool could not be read');
      })
      .finally(() => {
        this.#polling = null;
      });
  }

  async #findDue(): Promise<void> {
    for (const actor of this.#actors.values()) if (actor.idle) this.#actors.delete(actor.destination);
    const partitions = this.#options.heldPartitions();
    if (partitions.length === 0) return;
    const due = await this.#options.spool.destinationsDue(
      partitions,
      this.#options.destination.now(),
      MAX_DUE,
    );
    for (const destination of due) this.#wake(destination);
  }
}
