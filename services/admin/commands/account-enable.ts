import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const changed = z.object({ address: z.string() });

export const accountEnable: Register = (parent, run) => {
  parent
    .command('enable')
    .description('let an account log in again')
    .argument('<address>', 'the account')
    .action(
      run(async ({ client, show }, [address]: [string]) => {
        const path = pathOf(['accounts', address, 'enabled']);
        const account = await client.ask('PUT', path, changed, { enabled: true });
        show(account, `enabled the account ${account.address}\n`);
      }),
    );
};
