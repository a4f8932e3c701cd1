import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const deleted = z.object({ name: z.string() });

export const appPasswordDelete: Register = (parent, run) => {
  parent
    .command('delete')
    .description('delete an app password; sessions under way go on')
    .argument('<address>', 'the account')
    .argument('<name>', 'what the program is called')
    .action(
      run(async ({ client, show }, [address, name]: [string, string]) => {
        const path = pathOf(['accounts', address, 'app-passwords', name]);
        const gone = await client.ask('DELETE', path, deleted);
        show(gone, `deleted the app password ${gone.name}\n`);
      }),
    );
};
