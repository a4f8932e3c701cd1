import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { REPORT_KINDS } from '../../../shared/reports/report.ts';
import { pathOf } from '../client.ts';
import { showTime } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

export const receivedReport = z.object({
  reportId: z.number(),
  kind: z.string(),
  domain: z.string(),
  reporter: z.string(),
  externalId: z.string(),
  beginsAt: z.number(),
  endsAt: z.number(),
  receivedAt: z.number(),
  total: z.number(),
  failed: z.number(),
});

const listed = z.object({ reports: z.array(receivedReport) });
const MOST = 1_000;

export const reportsList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show the DMARC and TLS reports that came, newest first')
    .argument('[domain]', 'those about this domain only')
    .addOption(new Option('--kind <kind>', 'those of this kind only').choices(REPORT_KINDS))
    .addOption(
      new Option('--limit <count>', `how many, ${MOST} at most`).default(50).argParser((text) => {
        if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST) return Number(text);
        throw new InvalidArgumentError(`It is a whole number from 1 to ${MOST}.`);
      }),
    )
    .action(
      run(async ({ client, show }, [domain]: [string | undefined], { kind, limit }) => {
        const { reports } = await client.ask('GET', pathOf(['reports'], { domain, kind, limit }), listed);
        const rows = reports.map((one) => [
          String(one.reportId),
          one.kind,
          one.domain,
          one.reporter,
          showTime(one.beginsAt),
          showTime(one.endsAt),
          String(one.total),
          String(one.failed),
        ]);
        show(reports, table(['report', 'kind', 'domain', 'by', 'from', 'to', 'total', 'failed'], rows));
      }),
    );
};
