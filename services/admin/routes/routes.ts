import { isIP } from 'node:net';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Ports } from '../../../shared/runtime/service.ts';
import { createRoute, deleteRoute, listRoutes } from '../../../shared/spool/routes/routes.ts';
import { listSources, pauseSource, setShare } from '../../../shared/spool/routes/sources.ts';
import { answer, RequestRefused, readBody } from '../answer.ts';

const MAX_SOURCES = 100;
const MAX_PAUSE_MS = 3_650 * 86_400_000;
const address = z.string().refine((text) => isIP(text) !== 0, 'is no IP address');
const newRoute = z.strictObject({
  name: z.string(),
  senderDomain: z.string().nullable().default(null),
  recipientDomain: z.string().nullable().default(null),
  host: z
    .string()
    .regex(/^[a-z0-9._:-]{1,253}$/i, 'is no host')
    .nullable()
    .default(null),
  port: z.number().int().min(1).max(65_535).nullable().default(null),
  tls: z.enum(['opportunistic', 'required', 'implicit']),
  username: z.string().min(1).max(255).nullable().default(null),
  secretFile: z.string().min(1).max(1_000).nullable().default(null),
  sources: z.array(address).max(MAX_SOURCES).default([]),
});
const change = z.strictObject({
  share: z.number().int().min(0).max(100).optional(),
  /** Milliseconds; 0: it is used again. */
  pauseMs: z.number().int().min(0).max(MAX_PAUSE_MS).optional(),
});

/** Where mail goes, and from which addresses of ours. */
export function routeRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/', async (context) => answer(context, { routes: await listRoutes(database) }))
    .post('/', async (context) =>
      answer(context, await createRoute(database, await readBody(context, newRoute)), 201),
    )
    .delete('/:name', async (context) =>
      answer(context, await deleteRoute(database, context.req.param('name'))),
    );
}

export function sourceRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/', async (context) => answer(context, { sources: await listSources(database) }))
    .put('/:address', async (context) => {
      const parsed = address.safeParse(context.req.param('address'));
      if (!parsed.success) throw new RequestRefused(400, 'bad-request', 'the address is no IP address');
      const { share, pauseMs } = await readBody(context, change);
      if (share !== undefined) await setShare(database, parsed.data, share);
      if (pauseMs !== undefined)
        await pauseSource(database, parsed.data, pauseMs === 0 ? null : database.now() + pauseMs);
      return answer(context, { sources: await listSources(database) });
    });
}
