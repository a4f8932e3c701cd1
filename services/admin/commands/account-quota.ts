import { z } from 'zod';
import { pathOf } from '../client.ts';
import { limit, readCount, readSize, showCount, showSize } from '../quantities.ts';
import type { Register } from '../session.ts';

const changed = z.object({ address: z.string() });

export const accountQuota: Register = (parent, run) => {
  parent
    .command('quota')
    .description('limit what an account may hold')
    .argument('<address>', 'the account')
    .argument('<size>', 'bytes: 500M, 2G, unlimited', readSize)
    .addOption(limit('--messages <count>', 'messages it may hold', readCount))
    .action(
      run(
        async (
          { client, show },
          [address, quotaBytes]: [string, number | null],
          { messages: quotaMessages },
        ) => {
          const quota = { quotaBytes, quotaMessages };
          const account = await client.ask('PUT', pathOf(['accounts', address, 'quota']), changed, quota);
          show(
            { ...account, ...quota },
            `set the quota of ${account.address} to ${showSize(quotaBytes)}, messages: ${showCount(quotaMessages)}\n`,
          );
        },
      ),
    );
};
