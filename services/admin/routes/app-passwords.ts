import { Hono } from 'hono';
import { z } from 'zod';
import {
  createAppPassword,
  deleteAppPassword,
  listAppPasswords,
} from '../../../shared/account/app-passwords.ts';
import { LOG_IN_PROTOCOLS } from '../../../shared/account/port.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, readBody } from '../answer.ts';

const newAppPassword = z.strictObject({
  name: z.string(),
  scopes: z.array(z.enum(LOG_IN_PROTOCOLS)).min(1),
  expiresAt: z.int().nullable(),
});

export function appPasswordRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/:address/app-passwords', async (context) =>
      answer(context, await listAppPasswords(database, context.req.param('address'))),
    )
    .post('/:address/app-passwords', async (context) => {
      const wanted = await readBody(context, newAppPassword);
      return answer(context, await createAppPassword(database, context.req.param('address'), wanted), 201);
    })
    .delete('/:address/app-passwords/:name', async (context) => {
      const { address, name } = context.req.param();
      return answer(context, await deleteAppPassword(database, address, name));
    });
}
