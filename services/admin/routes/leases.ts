import { Hono } from 'hono';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer } from '../answer.ts';
import { listLeases } from '../lease-holders.ts';

export function leaseRoutes({ database }: Ports): Hono {
  return new Hono().get('/', async (context) => answer(context, { holders: await listLeases(database) }));
}
