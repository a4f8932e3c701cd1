import { z } from 'zod';
import { limit, readCount, readSize, showCount, showSize } from '../quantities.ts';
import type { Register } from '../session.ts';
import { readPassword } from '../terminal.ts';

const added = z.object({
  accountId: z.string(),
  address: z.string(),
  enabled: z.boolean(),
  quotaBytes: z.number().nullable(),
  quotaMessages: z.number().nullable(),
});

export const accountAdd: Register = (parent, run) => {
  parent
    .command('add')
    .description('make an account; its password is asked for, or read from standard input')
    .argument('<address>', 'such as alice@example.org')
    .addOption(limit('--quota <size>', 'bytes it may hold: 500M, 2G', readSize))
    .addOption(limit('--quota-messages <count>', 'messages it may hold', readCount))
    .action(
      run(async ({ client, show, terminal }, [address]: [string], { quota, quotaMessages }) => {
        const password = await readPassword(terminal);
        const account = await client.ask('POST', 'accounts', added, {
          address,
          password,
          quotaBytes: quota,
          quotaMessages,
        });
        show(
          account,
          `added the account ${account.address} (quota: ${showSize(account.quotaBytes)}, messages: ${showCount(account.quotaMessages)})\n`,
        );
      }),
    );
};
