import { Option } from 'commander';
import { z } from 'zod';
import { pathOf } from '../client.ts';
import { showDistance } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const session = z.object({
  sessionId: z.string(),
  protocol: z.string(),
  accountId: z.string(),
  address: z.string(),
  remote: z.string(),
  gateway: z.string(),
  since: z.number(),
  selected: z.string().optional(),
  client: z.string().optional(),
});
const listed = z.object({ sessions: z.array(session), connected: z.boolean() });

export const sessionsList: Register = (parent, run) => {
  parent
    .command('list', { isDefault: true })
    .description('show who is connected, from where, on which gateway, with what selected')
    .argument('[address]', 'of this account only')
    .addOption(
      new Option('--protocol <name>', 'of this protocol only').choices(['imap', 'pop3', 'smtp', 'http']),
    )
    .action(
      run(async ({ client, show, complain }, [address]: [string | undefined], { protocol }) => {
        const path = pathOf(['sessions'], { address, protocol });
        const { sessions, connected } = await client.ask('GET', path, listed);
        if (!connected) complain('the session store cannot be reached: sessions go on, but cannot be shown');
        const rows = sessions.map((one) => [
          one.sessionId,
          one.protocol,
          one.address,
          one.remote,
          one.gateway,
          showDistance(Math.min(one.since, Date.now())),
          one.selected ?? '',
          one.client ?? '',
        ]);
        show(
          sessions,
          table(['id', 'protocol', 'account', 'from', 'gateway', 'age', 'selected', 'client'], rows),
        );
      }),
    );
};
