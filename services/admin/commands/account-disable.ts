import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const changed = z.object({ address: z.string() });

export const accountDisable: Register = (parent, run) => {
  parent
    .command('disable')
    .description('end the sessions of an account and let nobody log in; its mail still comes in')
    .argument('<address>', 'the account')
    .action(
      run(async ({ client, show }, [address]: [string]) => {
        const path = pathOf(['accounts', address, 'enabled']);
        const account = await client.ask('PUT', path, changed, { enabled: false });
        show(account, `disabled the account ${account.address}\n`);
      }),
    );
};
