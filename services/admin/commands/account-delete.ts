import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const deleted = z.object({ address: z.string(), accountId: z.string() });

export const accountDelete: Register = (parent, run) => {
  parent
    .command('delete')
    .description('delete an account with all its mail, for ever')
    .argument('<address>', 'the account')
    .action(
      run(async ({ client, show }, [address]: [string]) => {
        const account = await client.ask('DELETE', pathOf(['accounts', address]), deleted);
        show(account, `deleted the account ${account.address}\n`);
      }),
    );
};
