import { z } from 'zod';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const listed = z.object({
  routes: z.array(
    z.object({
      name: z.string(),
      senderDomain: z.string().nullable(),
      recipientDomain: z.string().nullable(),
      host: z.string().nullable(),
      port: z.number().nullable(),
      tls: z.string(),
      username: z.string().nullable(),
      secretFile: z.string().nullable(),
      sources: z.array(z.string()),
    }),
  ),
});

export const routeList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show all routes')
    .action(
      run(async ({ client, show }) => {
        const { routes } = await client.ask('GET', 'routes', listed);
        const rows = routes.map((route) => [
          route.name,
          route.senderDomain ?? 'any',
          route.recipientDomain ?? 'any',
          route.host === null ? 'mail exchangers' : `${route.host}:${route.port}`,
          route.tls,
          route.username ?? '',
          route.sources.join(', '),
        ]);
        show(routes, table(['route', 'sender', 'recipient', 'to', 'tls', 'user', 'from'], rows));
      }),
    );
};
