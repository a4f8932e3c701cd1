import { changed, readSelection, withSelection } from '../queue-selection.ts';
import type { Register } from '../session.ts';

export const queueRetry: Register = (parent, run) => {
  withSelection(parent.command('retry').description('try entries again now')).action(
    run(async ({ client, show }, [ids]: [string[]], options) => {
      const outcome = await client.ask('POST', 'queue/retry', changed, readSelection(ids, options));
      show(outcome, `${outcome.entries} entries are tried now\n`);
    }),
  );
};
