import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import pg from 'pg';
import {
  type Cluster,
  type ClusterOptions,
  startCluster as startProcesses,
} from '../scripts/cluster/cluster.ts';

/**
 * The real servers that tests run against. `npm test` starts its own and names them in TEST_DATABASE_URL,
 * TEST_NATS_URL and TEST_REDIS_URL; a lone `node --test file` takes those of this machine on their usual ports.
 */
export type ServerName = 'postgres' | 'nats' | 'redis';

const places: Record<ServerName, { readonly variable: string; readonly usual: string }> = {
  postgres: { variable: 'TEST_DATABASE_URL', usual: 'postgres://root@127.0.0.1:5432/test' },
  nats: { variable: 'TEST_NATS_URL', usual: 'nats://127.0.0.1:4222' },
  redis: { variable: 'TEST_REDIS_URL', usual: 'redis://127.0.0.1:6379' },
};

const PROBE_TIMEOUT_MS = 1_000;

function listens(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(url.port), url.hostname);
    const done = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, done(false));
    socket.once('connect', done(true));
    socket.once('error', done(false));
  });
}

async function locate(name: ServerName): Promise<string | undefined> {
  const { variable, usual } = places[name];
  return process.env[variable] ?? ((await listens(new URL(usual))) ? usual : undefined);
}

const urls: Record<ServerName, string | undefined> = {
  postgres: await locate('postgres'),
  nats: await locate('nats'),
  redis: await locate('redis'),
};

function urlOf(name: ServerName): string {
  const url = urls[name];
  if (!url) throw new Error(`${name} is not at hand: set ${places[name].variable}, or run by npm test`);
  return url;
}

export const databaseUrl = (): string => urlOf('postgres');
export const natsUrl = (): string => urlOf('nats');
export const redisUrl = (): string => urlOf('redis');

/**
 * For `describe('…', { skip: missing('postgres', 'nats') }, …)`: the reason to skip, or false.
 * With CI=true a missing server is an error: CI must not pass by skipping.
 */
export function missing(...names: ServerName[]): string | false {
  const absent = names.filter((name) => !urls[name]);
  if (absent.length === 0) return false;
  const reason = `needs ${absent.join(', ')}`;
  if (process.env.CI === 'true') throw new Error(`${reason}, and CI must not skip`);
  return reason;
}

/** Inside a test: `if (!needs('postgres', t)) return;`. Skips `t` by name; throws with CI=true. */
export function needs(name: ServerName, t: TestContext): boolean {
  const reason = missing(name);
  if (reason) t.skip(reason);
  return !reason;
}

/** As `missing`, for programs that a test runs: `skip: missingTools('swaks', 'curl')`. */
export function missingTools(...names: string[]): string | false {
  const absent = names.filter((name) => spawnSync('which', [name], { stdio: 'ignore' }).status !== 0);
  if (absent.length === 0) return false;
  const reason = `needs ${absent.join(', ')} (bash scripts/install-servers.sh)`;
  if (process.env.CI === 'true') throw new Error(`${reason}, and CI must not skip`);
  return reason;
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  /** Ends all connections to it and drops it. Idempotent. */
  drop(): Promise<void>;
}

/** A fresh, empty database; `await using db = await testDatabase()`, or give a test (or suite) to drop it after. */
export async function testDatabase(owner?: {
  after(work: () => Promise<void>): void;
}): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await execute(`CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl());
  url.pathname = `/${name}`;
  let dropped: Promise<void> | undefined;
  const drop = (): Promise<void> => {
    dropped ??= execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    return dropped;
  };
  owner?.after(drop);
  return { url: url.href, name, drop, [Symbol.asyncDispose]: drop };
}

async function execute(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A prefix of its own, for NATS subjects and Redis keys: tests run at the same time on the same servers. */
export const uniquePrefix = (): string => `t${randomBytes(6).toString('hex')}`;

/**
 * A cluster for a test: each service a process of its own, on a fresh database of the test's Postgres, with a NATS and a
 * Redis of its own (subjects of two clusters would mix). `own` starts an own Postgres too, for who kills it.
 */
export async function startCluster(
  options: Pick<ClusterOptions, 'replicas' | 'settings'> & { readonly own?: boolean } = {},
): Promise<Cluster> {
  if (options.own) return startProcesses({ ...options, fsync: false });
  const database = await testDatabase();
  try {
    const cluster = await startProcesses({ ...options, databaseUrl: database.url });
    const stop = async (): Promise<void> => {
      await cluster.stop();
      await database.drop();
    };
    return { ...cluster, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await database.drop();
    throw error;
  }
}
