import { type Forwarder, startForwarder } from './forwarder.ts';

export type ServerKind = 'postgres' | 'nats' | 'redis';

/** Every link between a process and a server, each a forwarder. */
export interface Network {
  /** The port on which this process finds the server that listens on `target`. */
  link(process: string, server: ServerKind, target: number): Promise<number>;
  /** Those of a process, of a kind of server, or both; all without either. */
  links(process?: string, server?: ServerKind): Forwarder[];
  /** Postgres is elsewhere now. */
  movePostgres(port: number): void;
  heal(): void;
  stop(): Promise<void>;
}

export function makeNetwork(): Network {
  const all: { process: string; server: ServerKind; forwarder: Forwarder }[] = [];
  const links = (process?: string, server?: ServerKind): Forwarder[] =>
    all
      .filter((one) => (process ?? one.process) === one.process && (server ?? one.server) === one.server)
      .map((one) => one.forwarder);
  return {
    links,
    async link(process, server, target) {
      const forwarder = await startForwarder(target);
      all.push({ process, server, forwarder });
      return forwarder.port;
    },
    movePostgres(port) {
      for (const forwarder of links(undefined, 'postgres')) forwarder.point(port);
    },
    heal() {
      for (const { forwarder } of all) forwarder.heal();
    },
    async stop() {
      await Promise.all(all.map(({ forwarder }) => forwarder.stop()));
    },
  };
}
