import { Hono } from 'hono';
import { z } from 'zod';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { deleteAlias } from '../../../shared/account/delete-alias.ts';
import { listAliases } from '../../../shared/account/list-aliases.ts';
import { setAliasOwner } from '../../../shared/account/set-alias-owner.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, pageQuery, readBody, readQuery } from '../answer.ts';

const newAlias = z.strictObject({ address: z.string(), targets: z.array(z.string()).min(1) });
const newOwner = z.strictObject({ owner: z.string().nullable() });
const listQuery = z.strictObject({ ...pageQuery, domain: z.string().optional() });
const deleteQuery = z.strictObject({ target: z.string().optional() });

export function aliasRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/', async (context) => {
      const aliases = await listAliases(database, readQuery(context, listQuery));
      return answer(context, { aliases });
    })
    .post('/', async (context) =>
      answer(context, await createAlias(database, await readBody(context, newAlias)), 201),
    )
    .put('/:address/owner', async (context) => {
      const { owner } = await readBody(context, newOwner);
      return answer(context, await setAliasOwner(database, { address: context.req.param('address'), owner }));
    })
    .delete('/:address', async (context) => {
      const { target } = readQuery(context, deleteQuery);
      return answer(context, await deleteAlias(database, context.req.param('address'), target));
    });
}
