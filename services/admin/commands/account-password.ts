import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';
import { readPassword } from '../terminal.ts';

const changed = z.object({ address: z.string() });

export const accountPassword: Register = (parent, run) => {
  parent
    .command('password')
    .description('give an account a new password; it is asked for, or read from standard input')
    .argument('<address>', 'the account')
    .action(
      run(async ({ client, show, terminal }, [address]: [string]) => {
        const password = await readPassword(terminal);
        const account = await client.ask('PUT', pathOf(['accounts', address, 'password']), changed, {
          password,
        });
        show(account, `changed the password of ${account.address}\n`);
      }),
    );
};
