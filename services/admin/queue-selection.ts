import type { Command, OptionValues } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { parseDuration } from '../../shared/runtime/setting-types.ts';
import { WrongUsage } from './terminal.ts';

export const changed = z.object({ entries: z.number() });

/** Options that say which entries are meant, by what they are. */
export function withFilters(command: Command): Command {
  return command
    .option('--destination <domain>', 'entries for this domain')
    .option('--sender <address>', 'entries of this reverse-path or its domain; <> is the null one')
    .option('--older-than <age>', 'entries that wait for longer, such as 4h or 2d', readAge)
    .option('--local', 'for mailboxes of ours alone')
    .option('--remote', 'for other servers alone');
}

/** The arguments of the commands that change entries. */
export function withSelection(command: Command): Command {
  return withFilters(
    command.argument(
      '[ids...]',
      'entries as `queue list` shows them; without what follows the dot: all recipients',
    ),
  ).option('--all', 'all entries');
}

/** What the admin API wants: all of the conditions hold. */
export function readFilters(options: OptionValues): Record<string, string | number | undefined> {
  const { destination, sender, olderThan, local, remote } = options;
  if (local && remote) throw new WrongUsage('--local or --remote, not both');
  return {
    destination,
    sender: sender === '<>' ? '' : sender,
    olderThanMs: olderThan,
    kind: local ? 'local' : remote ? 'remote' : undefined,
  };
}

/** Entries by their ids, or by what they are, or all of them. */
export function readSelection(ids: readonly string[], options: OptionValues): object {
  const filters = readFilters(options);
  const { kind, ...said } = filters;
  const some = Object.values(said).some((value) => value !== undefined);
  const given = [ids.length > 0, some, options.all === true].filter(Boolean).length;
  if (given !== 1)
    throw new WrongUsage('say which entries: their ids, --destination, --sender, --older-than, or --all');
  if (ids.length > 0) return { entries: ids, kind };
  return options.all ? { all: true, kind } : filters;
}

function readAge(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('It is a time such as 30m, 4h or 2d.');
  return ms;
}
