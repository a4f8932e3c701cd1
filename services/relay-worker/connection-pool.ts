import { temporary } from './condition.ts';
import { OpenFailure, type OutboundConnection } from './outbound-connection.ts';
import type { Host } from './route.ts';
import type { Slots } from './slots.ts';

/** Messages over one connection; servers count too, and a fresh one now and then meets hosts that came back. */
export const MAX_TRANSACTIONS = 100;
/** How long a connection waits for the next message. Postfix holds it as long. */
export const IDLE_MS = 2_000;

/** The connections to one destination between messages. */
export class ConnectionPool {
  readonly #slots: Slots;
  readonly #open: (host: Host) => Promise<OutboundConnection>;
  readonly #idle = new Map<OutboundConnection, NodeJS.Timeout>();
  readonly #all = new Set<OutboundConnection>();
  #closed = false;
  #destroyed: OpenFailure | null = null;

  constructor(slots: Slots, open: (host: Host) => Promise<OutboundConnection>) {
    this.#slots = slots;
    this.#open = open;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Rejects with `OpenFailure`. Waits for a slot first. */
  async open(host: Host): Promise<OutboundConnection> {
    await this.#slots.acquire();
    let connection: OutboundConnection | undefined;
    try {
      if (this.#destroyed) throw this.#destroyed;
      connection = await this.#open(host);
      if (this.#destroyed) throw this.#destroyed;
      this.#all.add(connection);
      return connection;
    } catch (error) {
      void connection?.quit();
      this.#slots.release();
      throw error;
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
    if (this.#closed || !connection.usable || connection.transactions >= MAX_TRANSACTIONS) {
      this.#drop(connection);
      return;
    }
    const timer = setTimeout(() => {
      this.#idle.delete(connection);
      this.#drop(connection);
    }, IDLE_MS);
    this.#idle.set(connection, timer);
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

  /** Cuts off the ones in use; none is opened any more. */
  destroy(reason: string): void {
    this.#destroyed = new OpenFailure(temporary('4.3.2', reason));
    this.close();
    for (const connection of this.#all) connection.destroy(reason);
  }

  #drop(connection: OutboundConnection): void {
    if (!this.#all.delete(connection)) return;
    void connection.quit().finally(() => this.#slots.release());
  }
}
