import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

export { arrayOf, type ElementType } from './array-of.ts';

/** Postgres (pg) or PGlite, both through Kysely. */
export interface Database {
  readonly kysely: Kysely<Schema>;
  /**
   * Runs `work` in one transaction (READ COMMITTED). Pass `trx` down and never touch `kysely` inside:
   * PGlite has one connection and would wait for itself. Throws `DatabaseUnavailable` when there is no connection.
   */
  transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T>;
  /**
   * A statement with a name: Postgres parses and plans it once a connection. A Uint8Array travels in binary, and so
   * does an array made by `arrayOf`. One round trip; on its own it is its own transaction.
   */
  prepared<Row>(name: string, text: string, parameters: readonly unknown[]): Promise<Row[]>;
  /** False while the last attempt to reach the server failed. */
  readonly connected: boolean;
  /** Unix milliseconds by the database's clock: for every time that another process may compare. */
  now(): number;
  /** Connections of this process; `waiting`: calls that wait for one. */
  connections(): { readonly open: number; readonly idle: number; readonly waiting: number };
  readonly kind: 'postgres' | 'pglite';
  close(): Promise<void>;
}

export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database cannot be reached', { cause });
    this.name = 'DatabaseUnavailable';
  }
}
