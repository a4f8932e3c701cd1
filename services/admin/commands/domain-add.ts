import { z } from 'zod';
import type { Register } from '../session.ts';

const added = z.object({ name: z.string(), createdAt: z.string() });

export const domainAdd: Register = (parent, run) => {
  parent
    .command('add')
    .description('accept mail for a domain')
    .argument('<name>', 'such as example.org')
    .action(
      run(async ({ client, show }, [name]: [string]) => {
        const domain = await client.ask('POST', 'domains', added, { name });
        show(domain, `added the domain ${domain.name}\n`);
      }),
    );
};
