import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { PARTITIONS } from '../../../../shared/actor/partition.ts';
import type { Database } from '../../../../shared/database/port.ts';
import type { Schema } from '../../../../shared/database/schema.ts';

export interface Replica {
  readonly id: string;
  alive: boolean;
  draining: boolean;
  /** Its lease ran out, by the database's clock. */
  expired: boolean;
}

/** What the protocol keeps in Postgres: leases, replicas, the local spool, and what was delivered from it. */
export interface Tables {
  readonly replicas: Map<string, Replica>;
  readonly owners: (string | null)[];
  readonly epochs: number[];
  /** Keys `account emailId`. */
  readonly spool: Set<string>;
  /** In the order of their uids. */
  readonly inbox: string[];
}

export const emptyTables = (): Tables => ({
  replicas: new Map(),
  owners: new Array(PARTITIONS).fill(null),
  epochs: new Array(PARTITIONS).fill(0),
  spool: new Set(),
  inbox: [],
});

export interface Statement {
  readonly name: string;
  /** For `deliver`: who, and of which account. */
  readonly replicaId: string;
  readonly accounts: readonly string[];
  run(): { readonly rows: object[]; readonly affected: number };
}

type Work = (tables: Tables, parameters: readonly unknown[], text: string) => [object[], number?];

const alive = (tables: Tables, id: unknown): boolean => tables.replicas.get(String(id))?.alive === true;

/**
 * Each statement of the protocol by how its SQL begins. Where the SQL carries a condition on which the protocol
 * rests, the text is asked for it: taken out of the real code, it is gone here, too.
 */
const STATEMENTS: readonly [name: string, begins: RegExp, work: Work][] = [
  [
    'join',
    /^insert into "replica"/,
    (tables, [id]) => {
      tables.replicas.set(String(id), { id: String(id), alive: true, draining: false, expired: false });
      return [[]];
    },
  ],
  [
    'renew',
    /^update "replica" set "expires_at"/,
    (tables, parameters) => {
      const replica = parameters.map((one) => tables.replicas.get(String(one))).find(Boolean);
      if (!replica?.alive) return [[], 0];
      replica.expired = false;
      replica.draining =
        parameters.includes(true) && parameters.indexOf(true) < parameters.indexOf(replica.id);
      return [[], 1];
    },
  ],
  [
    'reap: dead',
    /^update replica set alive = false/,
    (tables) => {
      for (const replica of tables.replicas.values()) if (replica.expired) replica.alive = false;
      return [[]];
    },
  ],
  ['reap: forget', /^delete from replica\b/, () => [[]]],
  [
    'reap: free',
    /^update lease set owner = null where \(kind, partition\) in/,
    (tables, _parameters, text) => {
      const onlyOfDead = /where r\.replica_id = l\.owner and r\.alive/.test(text);
      let freed = 0;
      tables.owners.forEach((owner, partition) => {
        if (owner === null || (onlyOfDead && alive(tables, owner))) return;
        tables.owners[partition] = null;
        freed++;
      });
      return [[], freed];
    },
  ],
  [
    'members',
    /^select count\(\*\)::int as n from replica/,
    (tables) => [
      [
        {
          n: [...tables.replicas.values()].filter((one) => one.alive && !one.draining && !one.expired).length,
        },
      ],
    ],
  ],
  [
    'claim',
    /^update lease set owner = \$1, epoch = epoch \+ 1/,
    (tables, parameters, text) => {
      const [id] = parameters;
      if (/and exists \(select from replica/.test(text) && !alive(tables, id)) return [[], 0];
      const limit = Number(parameters.find((one) => typeof one === 'number'));
      const taken = [...tables.owners.keys()]
        .filter((partition) => tables.owners[partition] === null)
        .slice(0, limit);
      for (const partition of taken) {
        tables.owners[partition] = String(id);
        tables.epochs[partition]!++;
      }
      return [taken.map((partition) => ({ partition, epoch: tables.epochs[partition] })), taken.length];
    },
  ],
  [
    'owned',
    /^select partition, epoch from lease/,
    (tables, [, id]) => [
      [...tables.owners.keys()]
        .filter((partition) => tables.owners[partition] === id)
        .map((partition) => ({ partition, epoch: tables.epochs[partition] })),
    ],
  ],
  [
    'release',
    /^update lease l set owner = null\s+from unnest/,
    (tables, [partitions, epochs, , id], text) => {
      const sameTenure = /and l\.epoch = g\.epoch/.test(text);
      (partitions as number[]).forEach((partition, index) => {
        if (tables.owners[partition] !== id) return;
        if (sameTenure && tables.epochs[partition] !== (epochs as number[])[index]) return;
        tables.owners[partition] = null;
      });
      return [[]];
    },
  ],
  [
    'leave: free',
    /^update "lease" set "owner" = \$1 where "kind" = \$2 and "owner" = \$3/,
    (tables, [, , id]) => {
      tables.owners.forEach((owner, partition) => {
        if (owner === id) tables.owners[partition] = null;
      });
      return [[]];
    },
  ],
  [
    'leave',
    /^delete from "replica"/,
    (tables, [id]) => {
      tables.replicas.delete(String(id));
      return [[]];
    },
  ],
  [
    'waiting_local',
    /^select partition, account_id, email_id, traceparent, coalesce\(\(dsn->>'junk'\)::boolean, false\) as junk from spool_local/,
    (tables, [partitions]) => [
      [...tables.spool].flatMap((key) => {
        const [partition, account_id, email_id] = key.split(' ');
        return (partitions as number[]).includes(Number(partition))
          ? [{ partition: Number(partition), account_id, email_id, traceparent: null, junk: false }]
          : [];
      }),
    ],
  ],
  // No account of the model has a script.
  ['active_script', /^select content from sieve_script/, () => [[]]],
  [
    'deliver',
    /^with fence as materialized/,
    (tables, [id, partitions, accounts, emailIds], text) => {
      const fenced = alive(tables, id);
      const checks = /and exists \(select from fence\)/.test(text);
      const delivered = new Map<string, number>();
      (emailIds as string[]).forEach((emailId, index) => {
        const account = String((accounts as string[])[index]);
        const key = `${(partitions as number[])[index]} ${account} ${emailId}`;
        if (!tables.spool.has(key) || (checks && !fenced)) return;
        if (text.includes('delete from spool_local')) tables.spool.delete(key);
        tables.inbox.push(key);
        delivered.set(account, (delivered.get(account) ?? 0) + 1);
      });
      const flag = fenced || !checks ? 1 : 0;
      const rows = [...delivered].map(([account_id, n]) => ({
        fenced: flag,
        account_id: Number(account_id),
        mod_seq: tables.inbox.length,
        uid_next: tables.inbox.length + 1,
        n,
      }));
      return [rows.length > 0 ? rows : [{ fenced: flag, account_id: null }]];
    },
  ],
];

/** Of the search index and of filters, which the account of the model has nothing in: they find nothing, at once. */
export const ASIDE = /\b(?:search_\w+|sieve_script)\b/;

/** The statement that the SQL is, or an error: the model knows all of them. */
export function recognise(tables: Tables, text: string, parameters: readonly unknown[]): Statement {
  const line = text.trimStart();
  const found = STATEMENTS.find(([, begins]) => begins.test(line));
  if (!found) throw new Error(`the model does not know this statement: ${text}`);
  const [name, , work] = found;
  const ofReplica = parameters.find((one) => tables.replicas.has(String(one)));
  return {
    name,
    replicaId: String(ofReplica ?? parameters[0] ?? ''),
    accounts: name === 'deliver' ? (parameters[2] as string[]) : [],
    run() {
      const [rows, affected] = work(tables, parameters, line);
      return { rows, affected: affected ?? rows.length };
    },
  };
}

type Execute = (text: string, parameters: readonly unknown[]) => Promise<ReturnType<Statement['run']>>;

/** A `Database` each of whose statements `execute` carries out whenever it pleases. */
export function modelDatabase(execute: Execute): Database {
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, affected } = await execute(query.sql, query.parameters);
      return { rows: rows as R[], numAffectedRows: BigInt(affected) };
    },
    // biome-ignore lint/correctness/useYield: nothing streams here
    async *streamQuery() {
      throw new Error('nothing streams here');
    },
  };
  const kysely = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createDriver: () => ({
        init: async () => {},
        acquireConnection: async () => connection,
        beginTransaction: async () => {},
        commitTransaction: async () => {},
        rollbackTransaction: async () => {},
        releaseConnection: async () => {},
        destroy: async () => {},
      }),
    },
  });
  return {
    kysely,
    kind: 'postgres',
    connected: true,
    now: Date.now,
    connections: () => ({ open: 1, idle: 0, waiting: 0 }),
    transaction: () => Promise.reject(new Error('the model has no transactions of several statements')),
    prepared: async <Row>(_name: string, text: string, parameters: readonly unknown[]) =>
      (await execute(text, parameters)).rows as Row[],
    close: async () => {},
  };
}
