import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const list = z.object({ address: z.string(), owner: z.string().nullable() });

export const aliasOwner: Register = (parent, run) => {
  parent
    .command('owner')
    .description('make an alias a mailing list: what comes back from its members goes to the owner')
    .argument('<address>', 'the alias')
    .argument('[owner]', 'who gets it, by way of owner-<alias>; left out: the alias is no list any more')
    .action(
      run(async ({ client, show }, [address, owner]: [string, string | undefined]) => {
        const path = pathOf(['aliases', address, 'owner'], {});
        const made = await client.ask('PUT', path, list, { owner: owner ?? null });
        show(
          made,
          made.owner === null
            ? `${made.address} is no mailing list\n`
            : `${made.address} is a mailing list of ${made.owner}\n`,
        );
      }),
    );
};
