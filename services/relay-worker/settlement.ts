import { type Fence, FenceLost } from '../../shared/actor/fence.ts';
import { DatabaseUnavailable } from '../../shared/database/port.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { Submission } from '../../shared/spool/port.ts';
import type { RemoteSpool } from '../../shared/spool/remote.ts';
import type { Outcome } from './outcome.ts';

/** Outcomes of one transaction; some fifty rows are what a driver encodes best (design §8). */
const MAX_BATCH = 100;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;

export interface SettlementOptions {
  readonly destination: string;
  readonly spool: RemoteSpool;
  readonly fence: () => Fence;
  /** The DSNs that these outcomes call for, staged; and the outcomes with what the DSNs change in them. */
  readonly dsns: (
    outcomes: readonly Outcome[],
  ) => Promise<{ outcomes: readonly Outcome[]; dsns: readonly Submission[] }>;
  readonly settled: (outcomes: readonly Outcome[]) => void;
  readonly fenceLost: () => void;
  readonly log: Logger;
}

/**
 * Writes outcomes down, one transaction at a time; while it is under way the next batch gathers. It does not give up: a message that was delivered and
 * is not settled would be delivered again. A batch that the database refuses is taken apart, so that one
 * outcome cannot hold up the others.
 */
export class Settlement {
  readonly #options: SettlementOptions;
  /** Of the activation: who outlives its lease can settle nothing, also when the worker has joined anew. */
  readonly #fence: Fence;
  #gathered: Outcome[] = [];
  #apart: Outcome[][] = [];
  #running: Promise<void> | null = null;
  #abandoned = false;
  #wakeUp: (() => void) | null = null;

  constructor(options: SettlementOptions) {
    this.#fence = options.fence();
    this.#options = options;
  }

  add(outcomes: readonly Outcome[]): void {
    this.#gathered.push(...outcomes);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when all that was added is settled or abandoned. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Nothing more is written; what is under way may still come through. */
  abandon(): void {
    this.#abandoned = true;
    this.#wakeUp?.();
  }

  async #run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.#abandoned) {
      const batch = this.#take();
      if (batch === undefined) return;
      if (await this.#settle(batch)) pause = FIRST_PAUSE_MS;
      else {
        await this.#sleep(pause);
        pause = Math.min(pause * 2, MAX_PAUSE_MS);
      }
    }
  }

  #take(): Outcome[] | undefined {
    if (this.#gathered.length > 0) return this.#gathered.splice(0, MAX_BATCH);
    return this.#apart.shift();
  }

  async #settle(batch: readonly Outcome[]): Promise<boolean> {
    const { destination, spool, log } = this.#options;
    let staged: Awaited<ReturnType<SettlementOptions['dsns']>> | undefined;
    let pause = FIRST_PAUSE_MS;
    while (!this.#abandoned) {
      try {
        // Staged once: tried again after an unknown outcome, the same DSN has the same EmailId.
        staged ??= await this.#options.dsns(batch);
        await spool.settle(this.#fence, destination, staged.outcomes, staged.dsns);
        this.#options.settled(batch);
        return true;
      } catch (error) {
        if (error instanceof FenceLost) {
          this.abandon();
          this.#options.fenceLost();
          return false;
        }
        log.error({ err: error, destination, outcomes: batch.length }, 'outcomes could not be settled');
        if (!(error instanceof DatabaseUnavailable)) {
          this.#apart.push(...batch.map((outcome) => [outcome]));
          return false;
        }
        await this.#sleep(pause);
        pause = Math.min(pause * 2, MAX_PAUSE_MS);
      }
    }
    return false;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
