import { Hono } from 'hono';
import { z } from 'zod';
import { listLogIns } from '../../../shared/account/list-log-ins.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, MAX_PAGE, readQuery } from '../answer.ts';

const listQuery = z.strictObject({
  address: z.string().optional(),
  outcome: z.enum(['accepted', 'refused', 'throttled']).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
});

export function logInRoutes({ database }: Ports): Hono {
  return new Hono().get('/', async (context) =>
    answer(context, { logIns: await listLogIns(database, readQuery(context, listQuery)) }),
  );
}
