import { temporary } from './condition.ts';
import { OpenFailure } from './open-failure.ts';
import type { Opener } from './open-host.ts';
import type { OutboundConnection } from './outbound-connection.ts';
import type { Host } from './route.ts';
import type { Slots } from './slots.ts';

/** Messages over one connection; servers count too, and a fresh one now and then meets hosts that came back. */
export const MAX_TRANSACTIONS = 100;
/** How long a connection waits for the next message. Postfix holds it as long. */
export const IDLE_MS = 2_000;

/** The connections to one destination between messages. */
export class ConnectionPool {
  readonly #limit: () => number;
  readonly #slots: Slots;
  readonly #open: Opener;
  /** Opened whatever policies say: for one message. */
  readonly #lax = new WeakSet<OutboundConnection>();
  readonly #idle = new Map<OutboundConnection, NodeJS.Timeout>();
  readonly #all = new Set<OutboundConnection>();
  /** Saying goodbye: the remote still counts them. */
  readonly #leaving = new Set<Promise<void>>();
  #opening = 0;
  #closed = false;
  #destroyed: OpenFailure | null = null;

  constructor(limit: () => number, slots: Slots, open: Opener) {
    this.#limit = limit;
    this.#slots = slots;
    this.#open = open;
  }

  /** Open now, those in use included. */
  get standing(): number {
    return this.#all.size;
  }

  get size(): number {
    return this.#all.size + this.#leaving.size;
  }

  /** Rejects with `OpenFailure`. Waits for its turn first, behind goodbyes that take seconds at most. */
  async open(host: Host, lax = false): Promise<OutboundConnection> {
    while (this.#leaving.size > 0 && this.size + this.#opening >= this.#limit())
      await Promise.race(this.#leaving);
    this.#opening++;
    let connection: OutboundConnection | undefined;
    await this.#slots.acquire();
    try {
      if (this.#destroyed) throw this.#destroyed;
      connection = await this.#open(host, lax);
      if (lax) this.#lax.add(connection);
      if (this.#destroyed) throw this.#destroyed;
      this.#all.add(connection);
      return connection;
    } catch (error) {
      void connection?.quit();
      this.#slots.release();
      throw error;
    } finally {
      this.#opening--;
    }
  }

  /** An idle connection that still stands. */
  reuse(): OutboundConnection | undefined {
    for (const [connection, timer] of this.#idle) {
      this.#idle.delete(connection);
      clearTimeout(timer);
      if (connection.usable) return connection;
      this.#drop(connection);
    }
    return undefined;
  }

  giveBack(connection: OutboundConnection): void {
    if (this.#closed || !connection.usable || this.#isSpent(connection)) {
      this.#drop(connection);
      return;
    }
    const timer = setTimeout(() => {
      this.#idle.delete(connection);
      this.#drop(connection);
    }, IDLE_MS);
    this.#idle.set(connection, timer);
  }

  #isSpent(connection: OutboundConnection): boolean {
    return connection.transactions >= MAX_TRANSACTIONS || this.#lax.has(connection);
  }

  /** Says goodbye on the idle ones; those in use follow as they are given back. */
  close(): void {
    this.#closed = true;
    for (const [connection, timer] of this.#idle) {
      clearTimeout(timer);
      this.#drop(connection);
    }
    this.#idle.clear();
  }

  /** Cuts off the ones in use, those whose outcome is `uncertain` only when told to; none is opened any more. */
  destroy(reason: string, cut: { readonly uncertain: boolean }): void {
    this.#destroyed = new OpenFailure(temporary('4.3.2', reason));
    this.close();
    for (const connection of this.#all) {
      if (cut.uncertain || !connection.uncertain) connection.destroy(reason);
    }
  }

  /** Resolves when those now open are closed. */
  async gone(): Promise<void> {
    await Promise.all([...this.#leaving, ...[...this.#all].map((connection) => connection.ended)]);
  }

  #drop(connection: OutboundConnection): void {
    if (!this.#all.delete(connection)) return;
    const gone = connection.quit().finally(() => {
      this.#leaving.delete(gone);
      this.#slots.release();
    });
    this.#leaving.add(gone);
  }
}
