import pg from 'pg';

/** Counters that do not depend on the machine, so far. */
export interface Counters {
  readonly statements: number;
  readonly transactions: number;
  readonly walBytes: number;
  /** Messages that clients sent to NATS. */
  readonly natsMessages: number;
  readonly natsBytes: number;
}

export interface StatementCost {
  readonly text: string;
  readonly calls: number;
  readonly plans: number;
  readonly executionMs: number;
  readonly planningMs: number;
  readonly walBytes: number;
}

/** Needs pg_stat_statements preloaded, and the HTTP monitor of NATS. */
export async function openCounters(databaseUrl: string, natsMonitor: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('create extension if not exists pg_stat_statements');
  const one = async (text: string): Promise<Record<string, string>> => (await client.query(text)).rows[0];
  return {
    async read(): Promise<Counters> {
      const wal = await one(`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`);
      const calls = await one('select sum(calls) as calls from pg_stat_statements');
      const commits = await one(
        'select xact_commit as n from pg_stat_database where datname = current_database()',
      );
      const nats = (await (await fetch(`${natsMonitor}/varz`)).json()) as {
        in_msgs: number;
        in_bytes: number;
      };
      return {
        statements: Number(calls.calls),
        transactions: Number(commits.n),
        walBytes: Number(wal.bytes),
        natsMessages: nats.in_msgs,
        natsBytes: nats.in_bytes,
      };
    },
    reset: async (): Promise<void> => void (await client.query('select pg_stat_statements_reset()')),
    /** The dearest first. */
    async statements(limit: number): Promise<StatementCost[]> {
      const { rows } = await client.query(
        `select query, calls, plans, total_exec_time as exec_ms, total_plan_time as plan_ms, wal_bytes from pg_stat_statements
         order by total_exec_time + total_plan_time desc limit $1`,
        [limit],
      );
      return rows.map((row) => ({
        text: String(row.query).replace(/\s+/g, ' '),
        calls: Number(row.calls),
        plans: Number(row.plans),
        executionMs: Number(row.exec_ms),
        planningMs: Number(row.plan_ms),
        walBytes: Number(row.wal_bytes),
      }));
    },
    close: (): Promise<void> => client.end(),
  };
}
