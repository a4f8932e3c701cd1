import { Hono } from 'hono';
import { z } from 'zod';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, readQuery } from '../answer.ts';
import { STAGES } from '../doctor/doctor.ts';

const batchQuery = z.strictObject({
  stage: z.enum(Object.keys(STAGES) as [string, ...string[]]),
  /** `next` of the batch before. */
  after: z
    .string()
    .regex(/^(?:\d{1,18}|[0-9a-f-]{36})$/)
    .optional(),
});

/** One batch a request, so that none takes long; who asks goes on with `next`. */
export function doctorRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/', (context) =>
      answer(context, { stages: Object.entries(STAGES).map(([stage, { deep }]) => ({ stage, deep })) }),
    )
    .get('/batch', async (context) => {
      const { stage, after } = readQuery(context, batchQuery);
      return answer(context, await STAGES[stage]!.look(database, after ?? null));
    });
}
