import type { Logger } from '../../../shared/runtime/log.ts';
import type { Route } from '../../../shared/spool/routes/route.ts';
import type { Source } from '../../../shared/spool/routes/sources.ts';

/** How long a change takes to be heard of. */
const FRESH_MS = 2_000;
/** An address that a destination blocks is not used for it for so long; the block is looked at again then. */
export const BLOCKED_MS = 6 * 3_600_000;

export interface RouteTableOptions {
  readonly routes: () => Promise<readonly Route[]>;
  readonly sources: () => Promise<readonly Source[]>;
  readonly noteBlock: (address: string, destination: string, until: number, reason: string) => Promise<void>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** The routes and our addresses, as they were a moment ago. */
export class RouteTable {
  readonly #options: RouteTableOptions;
  #read: Promise<{ routes: readonly Route[]; sources: ReadonlyMap<string, Source> }> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: RouteTableOptions) {
    this.#options = options;
  }

  /** Something was changed: it is read again before it is used. */
  changed(): void {
    this.#read = undefined;
  }

  /** Rejects when the database cannot be asked. */
  async routes(): Promise<readonly Route[]> {
    return (await this.#tables()).routes;
  }

  async named(name: string): Promise<Route | undefined> {
    return (await this.#tables()).routes.find((route) => route.name === name);
  }

  /** One of the route's addresses for this destination, by their shares; null: all of them are paused. */
  async source(route: Route, destination: string, family: 4 | 6): Promise<string | null> {
    const usable = await this.#usable(route, destination, family);
    let lot = this.#options.random() * usable.reduce((sum, { share }) => sum + share, 0);
    for (const { address, share } of usable) {
      lot -= share;
      if (lot < 0) return address;
    }
    return null;
  }

  /** The destination blocks an address of the route. True: there are others, by which it may go. */
  async blocked(route: Route, address: string, destination: string, reason: string): Promise<boolean> {
    const { log, noteBlock, now } = this.#options;
    log.warn(
      { address, destination, reason },
      'an address of ours is blocked, and not used for this destination for a while',
    );
    await noteBlock(address, destination, now() + BLOCKED_MS, reason);
    this.#read = undefined;
    const family = address.includes(':') ? 6 : 4;
    return (await this.#usable(route, destination, family)).length > 0;
  }

  async #usable(
    route: Route,
    destination: string,
    family: 4 | 6,
  ): Promise<{ address: string; share: number }[]> {
    const { sources } = await this.#tables();
    return route.sources
      .filter((address) => (address.includes(':') ? 6 : 4) === family)
      .map((address) => ({ address, source: sources.get(address) }))
      .filter(({ source }) => {
        if (source === undefined) return true;
        return (
          source.pausedUntil === null && !source.blockedBy.some((block) => block.destination === destination)
        );
      })
      .map(({ address, source }) => ({ address, share: source?.share ?? 100 }))
      .filter(({ share }) => share > 0);
  }

  #tables() {
    const now = performance.now();
    if (this.#read !== undefined && now - this.#readAt < FRESH_MS) return this.#read;
    const read = this.#load();
    this.#read = read;
    this.#readAt = now;
    read.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read;
  }

  async #load() {
    const [routes, sources] = [await this.#options.routes(), await this.#options.sources()];
    return { routes, sources: new Map(sources.map((source) => [source.address, source])) };
  }
}
