import { changed, readSelection, withSelection } from '../queue-selection.ts';
import type { Register } from '../session.ts';

export const queueMove: Register = (parent, run) => {
  withSelection(
    parent
      .command('move')
      .description('have entries wait for another destination; those that are being tried now stay')
      .requiredOption('--to <destination>', 'a domain, an address such as [192.0.2.1], or route:NAME'),
  ).action(
    run(async ({ client, show }, [ids]: [string[]], { to, ...options }) => {
      const body = { ...readSelection(ids, options), to };
      const outcome = await client.ask('POST', 'queue/move', changed, body);
      show(outcome, `${outcome.entries} entries wait for ${to} now\n`);
    }),
  );
};
