import { z } from 'zod';
import { pathOf } from '../client.ts';
import { showTime } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';
import { receivedReport } from './reports-list.ts';

const shown = z.object({
  report: receivedReport.extend({
    content: z.object({
      policy: z.string(),
      rows: z.array(
        z.object({ source: z.string(), count: z.number(), failed: z.boolean(), what: z.string() }),
      ),
      cut: z.boolean(),
    }),
  }),
});

export const reportsShow: Register = (parent, run) => {
  parent
    .command('show')
    .description('show what one report says, failures first')
    .argument('<report>', 'its number')
    .action(
      run(async ({ client, show }, [id]: [string]) => {
        const { report } = await client.ask('GET', pathOf(['reports', id]), shown);
        const { policy, rows, cut } = report.content;
        const head = [
          `${report.kind} report ${report.externalId} by ${report.reporter} about ${report.domain}`,
          `from ${showTime(report.beginsAt)} to ${showTime(report.endsAt)}, policy: ${policy}`,
          `${report.failed} of ${report.total} failed${cut ? '; there were more rows than are kept' : ''}`,
        ];
        const cells = rows
          .toSorted((a, b) => Number(b.failed) - Number(a.failed) || b.count - a.count)
          .map((row) => [row.source, String(row.count), row.failed ? 'failed' : 'passed', row.what]);
        show(report, `${head.join('\n')}\n${table(['source', 'count', '', 'what'], cells)}`);
      }),
    );
};
