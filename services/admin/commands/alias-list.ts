import { z } from 'zod';
import { pathOf } from '../client.ts';
import { allPages } from '../pages.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const alias = z.object({ address: z.string(), targets: z.array(z.string()), owner: z.string().nullable() });
const listed = z.object({ aliases: z.array(alias) });

export const aliasList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show aliases and where they lead')
    .argument('[domain]', 'of this domain only')
    .action(
      run(async ({ client, show }, [domain]: [string | undefined]) => {
        const aliases = await allPages<z.infer<typeof alias>>(async (last) => {
          const path = pathOf(['aliases'], { domain, after: last?.address });
          return (await client.ask('GET', path, listed)).aliases;
        });
        const rows = aliases.flatMap(({ address, targets, owner }) =>
          targets.map((target, index) => [
            index === 0 ? address : '',
            target,
            index === 0 && owner !== null ? owner : '',
          ]),
        );
        const lists = aliases.some(({ owner }) => owner !== null);
        show(
          aliases,
          lists
            ? table(['alias', 'leads to', 'list of'], rows)
            : table(
                ['alias', 'leads to'],
                rows.map((row) => row.slice(0, 2)),
              ),
        );
      }),
    );
};
