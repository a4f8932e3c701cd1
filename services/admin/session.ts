import type { Command, OptionValues } from 'commander';
import type { PendingMigration } from '../../shared/database/migrate.ts';
import type { AdminClient } from './client.ts';
import type { Terminal } from './terminal.ts';

/** The schema of a Postgres, without the admin API. */
export interface SchemaOf {
  pendingOn(url: string): Promise<PendingMigration[]>;
  migrateOn(url: string): Promise<string[]>;
}

/** One run of one command. */
export interface Session {
  readonly client: AdminClient;
  readonly terminal: Terminal;
  readonly schema: SchemaOf;
  /** Prints the value as JSON when --json was given, else `text`. */
  show(value: unknown, text: string): void;
  /** Part of the work was refused: a line on standard error, and exit status 1 at the end. */
  complain(text: string): void;
}

/** What a command does with its arguments in order (an optional one may be missing, a variadic one is an array). */
export type Work<Arguments> = (session: Session, args: Arguments, options: OptionValues) => Promise<void>;

/** Adds a command to its parent; `run` makes an action of its work. */
export type Register = (parent: Command, run: Run) => void;
export type Run = <Arguments>(work: Work<Arguments>) => (...given: unknown[]) => Promise<void>;
