import { Hono } from 'hono';
import { z } from 'zod';
import { listReports, showReport } from '../../../shared/reports/list-reports.ts';
import { REPORT_KINDS } from '../../../shared/reports/report.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, MAX_PAGE, RequestRefused, readQuery } from '../answer.ts';

const listQuery = z.strictObject({
  domain: z.string().optional(),
  kind: z.enum(REPORT_KINDS).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
});

export function reportRoutes({ database }: Ports): Hono {
  return new Hono()
    .get('/', async (context) =>
      answer(context, { reports: await listReports(database, readQuery(context, listQuery)) }),
    )
    .get('/:id', async (context) => {
      const id = context.req.param('id');
      const found = /^\d{1,15}$/.test(id) ? await showReport(database, Number(id)) : undefined;
      if (found === undefined) throw new RequestRefused(404, 'not-found', `there is no report ${id}`);
      return answer(context, { report: found });
    });
}
