import { z } from 'zod';
import type { Register } from '../session.ts';

const added = z.object({ address: z.string(), targets: z.array(z.string()) });

export const aliasAdd: Register = (parent, run) => {
  parent
    .command('add')
    .description('let an address lead to others, ours or remote; repeated: to more of them')
    .argument('<address>', 'such as sales@example.org; @example.org for all addresses nobody has')
    .argument('<targets...>', 'where its mail goes')
    .action(
      run(async ({ client, show }, [address, targets]: [string, string[]]) => {
        const alias = await client.ask('POST', 'aliases', added, { address, targets });
        show(alias, `${alias.address} leads to ${alias.targets.join(', ')}\n`);
      }),
    );
};
