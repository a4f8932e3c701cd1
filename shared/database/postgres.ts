import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { DatabaseClock } from './clock.ts';
import { expectMigrated, migrate, type PendingMigration, pendingMigrations } from './migrate.ts';
import { type Database, DatabaseUnavailable } from './port.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { Schema } from './schema.ts';
import { isUnavailable } from './unavailable.ts';

/** Server-side work of one statement; a search over 10^5 messages takes seconds, nothing takes longer than this. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A process stopped inside a transaction loses its locks, so that a take-over need not wait for it. */
const IDLE_IN_TRANSACTION_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Above STATEMENT_TIMEOUT_MS: only a server that no longer answers at all gets here. */
const QUERY_TIMEOUT_MS = 35_000;
/** While Postgres is away, an idle process asks again this often: it gets ready without waiting for traffic. */
const PROBE_MS = 500;
const INT8 = 20;
/** How often the server is asked for its time; between, the clock of this process drifts by microseconds. */
const CLOCK_MS = 30_000;

export interface PostgresOptions {
  readonly url: string;
  /** Connections of this process at most. */
  readonly connections?: number;
  readonly name?: string;
  /** `await`: throws `MigrationsPending` while the schema is behind, and needs no right to change it. Default: `run`. */
  readonly migrations?: 'run' | 'await';
  /** Told how long each call took, the wait for a connection included. */
  readonly observe?: (seconds: number) => void;
  /** Told of failures of idle connections, for the log. */
  readonly onError?: (error: Error) => void;
}

/** Connects, migrates, and returns the database. Throws `DatabaseUnavailable` when the server cannot be reached. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const types = {
    getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
      oid === INT8 && format !== 'binary'
        ? Number
        : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
  };
  const parserOf = (typeId: number) => types.getTypeParser(typeId, 'text') as (text: string) => unknown;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 8,
    application_name: options.name ?? 'cartero',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    // Compiling takes longer than any statement of ours, and the planner thinks a walk over an index worth it.
    options: '-c jit=off',
    types,
  });
  let connected = false;
  let closed = false;
  let probe: NodeJS.Timeout | undefined;
  const lost = (): void => {
    connected = false;
    if (closed) return;
    probe ??= setTimeout(() => {
      probe = undefined;
      pool.query('select 1').then(() => {
        connected = true;
      }, lost);
    }, PROBE_MS).unref();
  };
  // The pool listens to idle connections alone: one lost inside a transaction, between two statements, would end the process.
  pool.on('connect', (client) => client.on('error', lost));
  pool.on('error', (error) => {
    lost();
    options.onError?.(error);
  });
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });

  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      const result = await work();
      connected = true;
      return result;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      lost();
      throw new DatabaseUnavailable(error);
    } finally {
      options.observe?.((performance.now() - started) / 1_000);
    }
  };

  const clock = new DatabaseClock();
  const look = (): Promise<void> =>
    attempt(() =>
      clock.look(async () => {
        const { rows } = await pool.query(
          'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
        );
        return Number(rows[0].now);
      }),
    );
  // A server that is away is looked for elsewhere.
  const looking = setInterval(() => void look().catch(() => {}), CLOCK_MS).unref();

  const database: Database = {
    kysely,
    kind: 'postgres',
    now: () => clock.now(),
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    transaction: (work) =>
      attempt(() => kysely.transaction().execute((trx: Transaction<Schema>) => work(trx))),
    prepared: <Row>(name: string, text: string, parameters: readonly unknown[]) =>
      attempt(async () => {
        const query = new PreparedQuery(name, text, parameters, parserOf);
        const { rows } = (await pool.query(query as unknown as pg.Submittable)) as unknown as { rows: Row[] };
        return rows;
      }),
    get connected() {
      return connected;
    },
    close() {
      closed = true;
      clearTimeout(probe);
      clearInterval(looking);
      return kysely.destroy();
    },
  };
  try {
    const prepare = options.migrations === 'await' ? expectMigrated : migrate;
    await attempt<unknown>(() => prepare(kysely as unknown as Kysely<never>));
    await look();
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** What opening this database would run; changes nothing. Throws when the server cannot be reached. */
export const pendingOn = (url: string): Promise<PendingMigration[]> => onServer(url, pendingMigrations);

/** Runs what is pending and says what it ran. Without the time limit that a service's statements have. */
export const migrateOn = (url: string): Promise<string[]> => onServer(url, migrate);

async function onServer<T>(url: string, work: (kysely: Kysely<never>) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  const kysely = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await work(kysely);
  } finally {
    await kysely.destroy();
  }
}
