import { Hono } from 'hono';
import { z } from 'zod';
import {
  createDkimKeys,
  DKIM_ALGORITHMS,
  type DkimKey,
  listDkimKeys,
  retireDkimKey,
  rotateDkimKeys,
} from '../../../shared/account/dkim-keys.ts';
import { type DirectoryRefusal, isDirectoryRefusal } from '../../../shared/account/refusal.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, readBody } from '../answer.ts';

const wanted = z.strictObject({
  algorithms: z
    .array(z.enum(DKIM_ALGORITHMS as ['rsa-sha256', 'ed25519-sha256']))
    .min(1)
    .max(2),
});

/** The keys that mail of a domain is signed with; their private halves never leave the database. */
export function dkimRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/:name/dkim', async (context) =>
      answer(context, keys(await listDkimKeys(database, context.req.param('name')))),
    )
    .post('/:name/dkim', async (context) => {
      const { algorithms } = await readBody(context, wanted);
      const made = await createDkimKeys(database, context.req.param('name'), [...new Set(algorithms)]);
      return answer(context, keys(made), 201);
    })
    .post('/:name/dkim/rotate', async (context) =>
      answer(context, keys(await rotateDkimKeys(database, context.req.param('name')))),
    )
    .delete('/:name/dkim/:selector', async (context) => {
      const { name, selector } = context.req.param();
      return answer(context, keys(await retireDkimKey(database, name, selector)));
    });
}

function keys(outcome: readonly DkimKey[] | DirectoryRefusal): object {
  return 'refused' in outcome && isDirectoryRefusal(outcome) ? outcome : { keys: outcome };
}
