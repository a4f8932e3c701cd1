import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const deleted = z.object({ address: z.string(), targets: z.array(z.string()) });

export const aliasDelete: Register = (parent, run) => {
  parent
    .command('delete')
    .description('delete an alias, or one address it leads to')
    .argument('<address>', 'the alias')
    .argument('[target]', 'only this one')
    .action(
      run(async ({ client, show }, [address, target]: [string, string | undefined]) => {
        const alias = await client.ask('DELETE', pathOf(['aliases', address], { target }), deleted);
        show(alias, `${alias.address} no longer leads to ${alias.targets.join(', ')}\n`);
      }),
    );
};
