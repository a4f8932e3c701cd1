import { z } from 'zod';
import { showTime } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const listed = z.object({ domains: z.array(z.object({ name: z.string(), createdAt: z.string() })) });

export const domainList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show all domains')
    .action(
      run(async ({ client, show }) => {
        const { domains } = await client.ask('GET', 'domains', listed);
        const rows = domains.map(({ name, createdAt }) => [name, showTime(createdAt)]);
        show(domains, table(['domain', 'since'], rows));
      }),
    );
};
