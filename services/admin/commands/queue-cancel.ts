import { changed, readSelection, withSelection } from '../queue-selection.ts';
import type { Register } from '../session.ts';

export const queueCancel: Register = (parent, run) => {
  withSelection(parent.command('cancel').description('drop entries; their senders are not told')).action(
    run(async ({ client, show }, [ids]: [string[]], options) => {
      const outcome = await client.ask('POST', 'queue/cancel', changed, readSelection(ids, options));
      show(outcome, `${outcome.entries} entries are dropped\n`);
    }),
  );
};
