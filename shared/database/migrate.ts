import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as initial from './migrations/0001-initial.ts';
import * as housekeeping from './migrations/0002-housekeeping.ts';
import * as checksums from './migrations/0020-checksums.ts';
import * as search from './migrations/0040-search.ts';
import * as messageItems from './migrations/0041-message-items.ts';
import * as mailboxAcl from './migrations/0050-mailbox-acl.ts';
import * as annotation from './migrations/0051-annotation.ts';
import * as logIn from './migrations/0070-log-in.ts';
import * as smtpExtensions from './migrations/0080-smtp-extensions.ts';
import * as forwarding from './migrations/0081-forwarding.ts';
import * as sieve from './migrations/0090-sieve.ts';
import * as receivedReport from './migrations/0100-received-report.ts';
import * as acme from './migrations/0120-acme.ts';
import * as outboundTls from './migrations/0130-outbound-tls.ts';
import * as tlsResults from './migrations/0131-tls-results.ts';
import * as fairClaim from './migrations/0132-fair-claim.ts';
import * as dkim from './migrations/0140-dkim.ts';
import * as queue from './migrations/0141-queue.ts';
import * as sourcePause from './migrations/0142-source-pause.ts';
import * as webSession from './migrations/0160-web-session.ts';
import * as jmap from './migrations/0161-jmap.ts';
import * as upload from './migrations/0162-upload.ts';
import * as accountObject from './migrations/0163-account-object.ts';
import * as sieveScriptId from './migrations/0164-sieve-script-id.ts';

/** In order; a migration only expands, a later release contracts (design §5). */
const MIGRATIONS: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-housekeeping': housekeeping,
  '0020-checksums': checksums,
  '0040-search': search,
  '0041-message-items': messageItems,
  '0050-mailbox-acl': mailboxAcl,
  '0051-annotation': annotation,
  '0070-log-in': logIn,
  '0090-sieve': sieve,
  '0080-smtp-extensions': smtpExtensions,
  '0081-forwarding': forwarding,
  '0130-outbound-tls': outboundTls,
  '0131-tls-results': tlsResults,
  '0132-fair-claim': fairClaim,
  '0140-dkim': dkim,
  '0141-queue': queue,
  '0142-source-pause': sourcePause,
  '0120-acme': acme,
  '0160-web-session': webSession,
  '0161-jmap': jmap,
  '0162-upload': upload,
  '0100-received-report': receivedReport,
  '0163-account-object': accountObject,
  '0164-sieve-script-id': sieveScriptId,
};

/** One that this release has and the database has not. */
export interface PendingMigration {
  readonly name: string;
  /** The SQL it would run, in order. */
  readonly statements: readonly string[];
}

/** The database lacks migrations, and this process was told not to run them. */
export class MigrationsPending extends Error {
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    super(`migrations are pending (run \`mailctl migrate\`): ${names.join(', ')}`);
    this.name = 'MigrationsPending';
    this.names = names;
  }
}

/** Brings the schema up to date; replicas that start together wait for one another (Kysely takes an advisory lock). */
export async function migrate(kysely: Kysely<never>): Promise<string[]> {
  const { error, results } = await (await migratorOf(kysely)).migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(String(error));
  return (results ?? []).map((result) => result.migrationName);
}

/** What `migrate` would run. Changes nothing. */
export async function pendingMigrations(kysely: Kysely<never>): Promise<PendingMigration[]> {
  const all = await (await migratorOf(kysely)).getMigrations();
  const pending = all.filter((one) => one.executedAt === undefined);
  return Promise.all(
    pending.map(async ({ name, migration }) => ({ name, statements: await statementsOf(migration) })),
  );
}

/** Throws `MigrationsPending` unless all that this release has were run. */
export async function expectMigrated(kysely: Kysely<never>): Promise<void> {
  const pending = await pendingMigrations(kysely);
  if (pending.length > 0) throw new MigrationsPending(pending.map((one) => one.name));
}

/**
 * The release after ours may have been here already, while its replicas and ours run side by side: what it ran only
 * expanded the schema, so those migrations are taken as known.
 */
async function migratorOf(kysely: Kysely<never>): Promise<Migrator> {
  const known = new Set(Object.keys(MIGRATIONS));
  const later = (await executed(kysely)).filter((name) => !known.has(name));
  const all = { ...MIGRATIONS, ...Object.fromEntries(later.map((name) => [name, LATER])) };
  return new Migrator({ db: kysely, provider: { getMigrations: async () => all } });
}

const LATER: Migration = {
  up: () => Promise.reject(new Error('a migration of a later release')),
};

async function executed(kysely: Kysely<never>): Promise<string[]> {
  const table = await sql<{ there: boolean }>`
    select to_regclass('kysely_migration') is not null as there`.execute(kysely);
  if (table.rows[0]?.there !== true) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(kysely);
  return rows.map((row) => row.name);
}

async function statementsOf(migration: Migration): Promise<string[]> {
  const statements: string[] = [];
  const recorder = new Kysely<never>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: (event) => void statements.push(event.query.sql),
  });
  await migration.up(recorder);
  return statements;
}
