import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const deleted = z.object({ deleted: z.string() });

export const domainDelete: Register = (parent, run) => {
  parent
    .command('delete')
    .description('give a domain up; it must have no accounts and aliases')
    .argument('<name>', 'the domain')
    .action(
      run(async ({ client, show }, [name]: [string]) => {
        const outcome = await client.ask('DELETE', pathOf(['domains', name]), deleted);
        show(outcome, `deleted the domain ${outcome.deleted}\n`);
      }),
    );
};
