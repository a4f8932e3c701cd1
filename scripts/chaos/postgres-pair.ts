import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../servers/postgres.ts';
import type { Server } from '../servers/server.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

/** A primary and a standby that has what was committed before the client hears of it (`synchronous_commit = on`). */
export interface PostgresPair {
  readonly primary: Server;
  readonly standby: Server;
  /** The file system that the primary is on; undefined where none could be mounted. */
  readonly disk: SmallDisk | undefined;
  /**
   * The standby becomes the primary, as a fail-over manager does it; only when it was synchronous. The old one, which
   * may still run and believe, is ended afterwards, and rebuilt as the standby. `promoted` hears of the new primary at once.
   */
  failOver(promoted: (primary: Server) => void): Promise<void>;
  /** Without a standby commits would wait for ever: what a manager does after a while, and undoes when it is back. */
  synchronous(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

const DISK_MB = 700;
const STANDBY = 'standby';
const CAUGHT_UP_MS = 60_000;
const SETTINGS = {
  shared_buffers: '64MB',
  max_wal_size: '128MB',
  wal_keep_size: '64MB',
  max_connections: 200,
  // A sender or receiver that the network swallowed is given up within this.
  wal_sender_timeout: '5s',
  wal_receiver_timeout: '5s',
  wal_retrieve_retry_interval: '500ms',
};

export async function startPostgresPair(directory: string, fsync: boolean): Promise<PostgresPair> {
  const disks = new Map<string, SmallDisk | undefined>();
  const nodes = ['node-a', 'node-b'].map((name) => join(directory, name));
  for (const node of nodes) disks.set(node, mountSmallDisk(node, DISK_MB));
  let [primaryAt = '', standbyAt = ''] = nodes;
  let primary = await startPostgres({ directory: primaryAt, fsync, settings: SETTINGS, name: 'postgres-a' });
  let standby = await follow('postgres-b');

  function follow(name: string): Promise<Server> {
    return startPostgres({
      directory: standbyAt,
      fsync,
      settings: SETTINGS,
      name,
      follows: { port: primary.port, as: STANDBY },
    });
  }

  async function query(server: Server, ...statements: string[]): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({
      connectionString: server.url,
      connectionTimeoutMillis: 5_000,
      query_timeout: 15_000,
    });
    client.on('error', () => {});
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements) rows = (await client.query(statement)).rows;
      return rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  async function synchronous(on: boolean): Promise<void> {
    await query(
      primary,
      // Else this very statement would wait for the standby that is away.
      'set synchronous_commit = local',
      `alter system set synchronous_standby_names = '${on ? STANDBY : ''}'`,
      'select pg_reload_conf()',
    );
    if (!on) return;
    for (const deadline = Date.now() + CAUGHT_UP_MS; ; await sleep(100)) {
      const rows = await query(
        primary,
        `select 1 from pg_stat_replication where application_name = '${STANDBY}' and sync_state = 'sync'`,
      );
      if (rows.length > 0) return;
      if (Date.now() > deadline) throw new Error('the standby does not catch up');
    }
  }

  await synchronous(true);
  return {
    get primary() {
      return primary;
    },
    get standby() {
      return standby;
    },
    get disk() {
      return disks.get(primaryAt);
    },
    synchronous,
    async failOver(promoted) {
      await query(standby, 'select pg_promote(true, 30)');
      const old = primary;
      primary = standby;
      [primaryAt, standbyAt] = [standbyAt, primaryAt];
      await query(
        primary,
        'set synchronous_commit = local',
        `alter system set synchronous_standby_names = ''`,
        'select pg_reload_conf()',
      );
      promoted(primary);
      await old.kill('SIGKILL');
      rmSync(join(standbyAt, 'data'), { recursive: true, force: true });
      standby = await follow(old.name);
      await synchronous(true);
    },
    async stop() {
      await Promise.all([primary.stop(), standby.stop()]);
      for (const disk of disks.values()) disk?.unmount();
    },
  };
}
