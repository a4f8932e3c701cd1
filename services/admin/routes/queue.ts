import { Hono } from 'hono';
import { z } from 'zod';
import { readDomain } from '../../../shared/account/address.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { listAttempts } from '../../../shared/spool/queue/attempts.ts';
import {
  cancel,
  countOf,
  hintChange,
  hold,
  move,
  type QueueChange,
  release,
  retryNow,
} from '../../../shared/spool/queue/change.ts';
import { listQueue } from '../../../shared/spool/queue/list.ts';
import { type QueueSelection, readEntryId } from '../../../shared/spool/queue/selection.ts';
import { destinationName } from '../../../shared/spool/routes/route.ts';
import { listRoutes } from '../../../shared/spool/routes/routes.ts';
import { answer, pageQuery, RequestRefused, readBody, readQuery } from '../answer.ts';

const MAX_SELECTED = 1_000;
const MAX_AGE_MS = 1e15;
const entryId = z
  .string()
  .refine((text) => readEntryId(text) !== undefined, 'is not the id of a queue entry');
const filters = {
  destination: z.string().min(1).optional(),
  sender: z.string().optional(),
  olderThanMs: z.coerce.number().int().min(0).max(MAX_AGE_MS).optional(),
};
const listQuery = z.strictObject({
  ...filters,
  kind: z.enum(['local', 'remote']).default('remote'),
  limit: pageQuery.limit,
  /** `<destination>/<entryId>` of the last entry of the page before. */
  after: z.string().optional(),
});
const selected = {
  ...filters,
  kind: z.enum(['local', 'remote']).optional(),
  entries: z.array(entryId).min(1).max(MAX_SELECTED).optional(),
  all: z.literal(true).optional(),
};
const selection = z
  .strictObject(selected)
  .refine(says, 'needs "entries", "destination", "sender", "olderThanMs", or "all": true');
const moved = z.strictObject({ ...selected, to: z.string() }).refine(says, 'needs to say which entries');

export function queueRoutes({ database, bus }: Ports): Hono {
  return new Hono()
    .get('/', async (context) => {
      const { after, kind, limit, ...selection } = readQuery(context, listQuery);
      const page = { limit, after: after === undefined ? undefined : readAfter(after) };
      return answer(context, { entries: await listQueue(database, kind, selection, page) });
    })
    .get('/:id', async (context) => {
      const id = context.req.param('id');
      const entry = readEntryId(id);
      if (entry === undefined)
        throw new RequestRefused(400, 'bad-request', `${id} is not the id of a queue entry`);
      const page = { limit: MAX_SELECTED };
      const [remote, local, attempts] = [
        await listQueue(database, 'remote', { entries: [id] }, page),
        await listQueue(database, 'local', { entries: [id] }, page),
        await listAttempts(database, entry.emailId),
      ];
      const ofOne = attempts.filter(({ recipientNo }) => recipientNo === (entry.recipientNo ?? recipientNo));
      const entries = [...remote, ...local];
      if (entries.length + ofOne.length === 0) throw nothing();
      return answer(context, { entries, attempts: entry.account === undefined ? ofOne : [] });
    })
    .post('/retry', async (context) => {
      const change = await retryNow(database, toSelection(await readBody(context, selection)));
      hintChange(bus, change, { retry: true });
      return answer(context, found(change));
    })
    .post('/hold', async (context) => {
      const change = await hold(database, toSelection(await readBody(context, selection)));
      hintChange(bus, change, { reread: true });
      return answer(context, found(change));
    })
    .post('/release', async (context) => {
      const change = await release(database, toSelection(await readBody(context, selection)));
      hintChange(bus, change, { retry: true });
      return answer(context, found(change));
    })
    .post('/move', async (context) => {
      const { to, ...which } = await readBody(context, moved);
      const change = await move(database, toSelection(which), await readDestination(database, to));
      hintChange(bus, change, { retry: true, reread: true });
      return answer(context, found(change));
    })
    .post('/cancel', async (context) => {
      const change = await cancel(database, toSelection(await readBody(context, selection)));
      hintChange(bus, change, { reread: true });
      return answer(context, found(change));
    });
}

/** Everything is meant only when that is said. */
function says({ kind, ...rest }: { readonly kind?: unknown; readonly [name: string]: unknown }): boolean {
  return Object.entries(rest).some(([name, value]) => name !== 'to' && value !== undefined);
}

function toSelection({ all, ...rest }: QueueSelection & { readonly all?: true }): QueueSelection {
  return rest;
}

function found(change: QueueChange): { entries: number } {
  const entries = countOf(change);
  if (entries === 0) throw nothing();
  return { entries };
}

function nothing(): RequestRefused {
  return new RequestRefused(404, 'not-found', 'no such entry waits in the queue');
}

/** A domain, an address literal, or `route:name` for the smarthost of a route. */
async function readDestination(database: Ports['database'], text: string): Promise<string> {
  const [, name] = /^route:(.+)$/.exec(text) ?? [];
  if (name !== undefined) {
    const route = (await listRoutes(database)).find((each) => each.name === name);
    if (!route?.host) throw new RequestRefused(400, 'bad-request', `to: there is no route ${name} to a host`);
    return destinationName('', route);
  }
  const destination = readDomain(text);
  if (destination === undefined) throw new RequestRefused(400, 'bad-request', `to: '${text}' is no domain`);
  return destination;
}

function readAfter(text: string): { destination: string; entryId: string } {
  const slash = text.lastIndexOf('/');
  const entryId = text.slice(slash + 1);
  const entry = readEntryId(entryId);
  if (slash < 0 || (entry?.recipientNo ?? entry?.account) === undefined) {
    throw new RequestRefused(400, 'bad-request', 'after: is not <destination>/<entry id>');
  }
  return { destination: text.slice(0, slash), entryId };
}
