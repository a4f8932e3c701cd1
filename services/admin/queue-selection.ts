import type { Command, OptionValues } from 'commander';
import { z } from 'zod';
import { WrongUsage } from './terminal.ts';

export const changed = z.object({ entries: z.number() });

/** The arguments of `queue retry` and `queue cancel`. */
export function withSelection(command: Command): Command {
  return command
    .argument('[ids...]', 'entries as `queue list` shows them; without what follows the dot: all recipients')
    .option('--destination <domain>', 'all entries for this domain')
    .option('--all', 'all entries');
}

/** What the admin API wants: exactly one of the three. */
export function readSelection(ids: readonly string[], { destination, all }: OptionValues): object {
  const given = [ids.length > 0, destination !== undefined, all === true].filter(Boolean).length;
  if (given !== 1) throw new WrongUsage('say which entries: their ids, --destination, or --all');
  if (ids.length > 0) return { entries: ids };
  return destination === undefined ? { all: true } : { destination };
}
