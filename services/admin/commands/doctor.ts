import { z } from 'zod';
import { type AdminClient, pathOf } from '../client.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const stages = z.object({ stages: z.array(z.object({ stage: z.string(), deep: z.boolean() })) });
const batch = z.object({
  findings: z.array(z.object({ check: z.string(), what: z.string() })),
  checked: z.number(),
  next: z.string().nullable(),
});
type Batch = z.infer<typeof batch>;

export const doctor: Register = (parent, run) => {
  parent
    .command('doctor')
    .description('look for what must not be: partitions that nobody serves, mail that nobody delivers')
    .option(
      '--deep',
      'and read everything: counters, UIDs, MODSEQs, journals, sizes, checksums, orphaned bytes',
    )
    .action(
      run(async ({ client, show, complain }, _args: [], options) => {
        const { stages: all } = await client.ask('GET', 'doctor', stages);
        const rows: (string | number)[][] = [];
        const findings: Batch['findings'] = [];
        for (const { stage, deep } of all) {
          if (deep && !options.deep) continue;
          const found = await whole(client, stage);
          findings.push(...found.findings);
          rows.push([stage, found.checked, found.findings.length]);
        }
        const told = findings.map((one) => [one.check, one.what]);
        const summary = table(['stage', 'checked', 'findings'], rows);
        show(
          { findings },
          told.length === 0 ? summary : `${summary}\n\n${table(['check', 'finding'], told)}`,
        );
        if (findings.length > 0) complain(`${findings.length} findings`);
      }),
    );
};

async function whole(client: AdminClient, stage: string): Promise<Omit<Batch, 'next'>> {
  const findings: Batch['findings'] = [];
  let checked = 0;
  for (let after: string | undefined; ; ) {
    const one: Batch = await client.ask('GET', pathOf(['doctor', 'batch'], { stage, after }), batch);
    findings.push(...one.findings);
    checked += one.checked;
    if (one.next === null) return { findings, checked };
    after = one.next;
  }
}
