import { z } from 'zod';
import { showRanges } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const holder = z.object({
  kind: z.string(),
  name: z.string().nullable(),
  replicaId: z.string().nullable(),
  state: z.string(),
  partitions: z.array(z.number()),
  expiresAt: z.string().nullable(),
});
const listed = z.object({ holders: z.array(holder) });

export const leases: Register = (parent, run) => {
  parent
    .command('leases')
    .description('show which replica holds which partitions of actors')
    .action(
      run(async ({ client, show }) => {
        const { holders } = await client.ask('GET', 'leases', listed);
        const rows = holders.map((one) => [
          one.kind,
          one.name ?? one.replicaId ?? 'nobody',
          one.state,
          one.partitions.length,
          showRanges(one.partitions),
        ]);
        show(holders, table(['actors', 'replica', 'state', 'partitions', 'which'], rows));
      }),
    );
};
