import { changed, readSelection, withSelection } from '../queue-selection.ts';
import type { Register } from '../session.ts';

export const queueRelease: Register = (parent, run) => {
  withSelection(parent.command('release').description('try entries again that were held')).action(
    run(async ({ client, show }, [ids]: [string[]], options) => {
      const outcome = await client.ask('POST', 'queue/release', changed, readSelection(ids, options));
      show(outcome, `${outcome.entries} entries are released\n`);
    }),
  );
};
