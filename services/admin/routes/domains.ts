import { Hono } from 'hono';
import { z } from 'zod';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { deleteDomain } from '../../../shared/account/delete-domain.ts';
import { listDomains } from '../../../shared/account/list-domains.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, readBody } from '../answer.ts';

const newDomain = z.strictObject({ name: z.string() });

export function domainRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/', async (context) => answer(context, { domains: await listDomains(database) }))
    .post('/', async (context) => {
      const { name } = await readBody(context, newDomain);
      return answer(context, await createDomain(database, name), 201);
    })
    .delete('/:name', async (context) =>
      answer(context, await deleteDomain(database, context.req.param('name'))),
    );
}
