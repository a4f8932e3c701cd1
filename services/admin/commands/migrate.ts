import { Option } from 'commander';
import type { Register } from '../session.ts';
import { Mistake } from '../terminal.ts';

/** Speaks to Postgres itself, not to the admin API: it runs before the services of its release do. */
export const migrate: Register = (parent, run) => {
  parent
    .command('migrate')
    .description('bring the schema of the database up to date, as a service does at its start')
    .option('--dry-run', 'print the SQL that would be run, and run nothing')
    .addOption(new Option('--database-url <url>', 'the database').env('DATABASE_URL'))
    .action(
      run(async ({ schema, show }, _arguments, { databaseUrl, dryRun }) => {
        if (databaseUrl === undefined)
          throw new Mistake('no database: give --database-url or set DATABASE_URL');
        if (dryRun) {
          const pending = await reach(schema.pendingOn(databaseUrl));
          const texts = pending.map(
            (one) => `-- ${one.name}\n${one.statements.map((sql) => `${sql};\n`).join('')}`,
          );
          return show({ pending }, pending.length === 0 ? UP_TO_DATE : texts.join('\n'));
        }
        const ran = await reach(schema.migrateOn(databaseUrl));
        show({ ran }, ran.length === 0 ? UP_TO_DATE : ran.map((name) => `ran ${name}\n`).join(''));
      }),
    );
};

const UP_TO_DATE = 'The schema is up to date.\n';

/** A failure in one line; the address, which may hold a password, is not in it. */
async function reach<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new Mistake(
      `the database: ${cause instanceof Error && cause.message ? cause.message : String(cause)}`,
      cause,
    );
  }
}
