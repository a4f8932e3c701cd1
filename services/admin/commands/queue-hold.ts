import { changed, readSelection, withSelection } from '../queue-selection.ts';
import type { Register } from '../session.ts';

export const queueHold: Register = (parent, run) => {
  withSelection(
    parent
      .command('hold')
      .description('leave entries alone until they are released: not tried, not given back'),
  ).action(
    run(async ({ client, show }, [ids]: [string[]], options) => {
      const outcome = await client.ask('POST', 'queue/hold', changed, readSelection(ids, options));
      show(outcome, `${outcome.entries} entries are held\n`);
    }),
  );
};
