import { z } from 'zod';
import { pathOf } from '../client.ts';
import { allPages } from '../pages.ts';
import { showCount, showSize } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const account = z.object({
  accountId: z.string(),
  address: z.string(),
  enabled: z.boolean(),
  quotaBytes: z.number().nullable(),
  quotaMessages: z.number().nullable(),
  bytesUsed: z.number(),
  messagesUsed: z.number(),
  createdAt: z.string(),
});
const listed = z.object({ accounts: z.array(account) });

export const accountList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show accounts with what they hold')
    .argument('[domain]', 'of this domain only')
    .action(
      run(async ({ client, show }, [domain]: [string | undefined]) => {
        const accounts = await allPages<z.infer<typeof account>>(async (last) => {
          const path = pathOf(['accounts'], { domain, after: last?.address });
          return (await client.ask('GET', path, listed)).accounts;
        });
        const rows = accounts.map((one) => [
          one.address,
          one.enabled ? 'enabled' : 'disabled',
          one.messagesUsed,
          showSize(one.bytesUsed),
          showSize(one.quotaBytes),
          showCount(one.quotaMessages),
        ]);
        show(accounts, table(['account', 'state', 'messages', 'size', 'quota', 'message quota'], rows));
      }),
    );
};
