import { Hono } from 'hono';
import { z } from 'zod';
import { spoolRemote } from '../../../shared/bus/subjects.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { cancel, listQueue, type QueueChange, readEntryId, retryNow } from '../../../shared/spool/queue.ts';
import { answer, pageQuery, RequestRefused, readBody, readQuery } from '../answer.ts';

const listQuery = z.strictObject({
  limit: pageQuery.limit,
  destination: z.string().optional(),
  /** `<destination>/<entryId>` of the last entry of the page before. */
  after: z.string().optional(),
});

const MAX_SELECTED = 1_000;
const entryId = z
  .string()
  .refine((text) => readEntryId(text) !== undefined, 'is not the id of a queue entry');
const selection = z.union(
  [
    z.strictObject({ entries: z.array(entryId).min(1).max(MAX_SELECTED) }),
    z.strictObject({ destination: z.string().min(1) }),
    z.strictObject({ all: z.literal(true) }),
  ],
  'needs "entries" (ids of queue entries), "destination", or "all": true',
);

export function queueRoutes({ database, bus }: Ports): Hono {
  return new Hono()
    .get('/', async (context) => {
      const { after, ...page } = readQuery(context, listQuery);
      const entries = await listQueue(database, {
        ...page,
        after: after === undefined ? undefined : readAfter(after),
      });
      return answer(context, { entries });
    })
    .post('/retry', async (context) => {
      const change = found(await retryNow(database, await readBody(context, selection)));
      for (const [partition, destinations] of change.destinations) {
        bus.publish(spoolRemote(partition), {
          destinations: [...destinations].slice(0, MAX_SELECTED),
          retry: true,
        });
      }
      return answer(context, { entries: change.entries });
    })
    .post('/cancel', async (context) => {
      const change = found(await cancel(database, await readBody(context, selection)));
      return answer(context, { entries: change.entries });
    });
}

function found(change: QueueChange): QueueChange {
  if (change.entries === 0) throw new RequestRefused(404, 'not-found', 'no such entry waits in the queue');
  return change;
}

function readAfter(text: string): { destination: string; emailId: string; recipientNo: number } {
  const slash = text.lastIndexOf('/');
  const entry = readEntryId(text.slice(slash + 1));
  if (slash < 0 || entry?.recipientNo === undefined) {
    throw new RequestRefused(400, 'bad-request', 'after: is not <destination>/<entry id>');
  }
  return { destination: text.slice(0, slash), emailId: entry.emailId, recipientNo: entry.recipientNo };
}
