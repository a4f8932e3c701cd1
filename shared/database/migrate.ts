import type { Kysely } from 'kysely';
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
import * as webSession from './migrations/0160-web-session.ts';

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
  '0160-web-session': webSession,
};

/** Brings the schema up to date; replicas that start together wait for one another (Kysely takes an advisory lock). */
export async function migrate(kysely: Kysely<never>): Promise<string[]> {
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => MIGRATIONS } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(String(error));
  return (results ?? []).map((result) => result.migrationName);
}
