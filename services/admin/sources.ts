import { z } from 'zod';
import { showDistance } from './quantities.ts';
import { table } from './table.ts';

export const sources = z.object({
  sources: z.array(
    z.object({
      address: z.string(),
      share: z.number(),
      pausedUntil: z.number().nullable(),
      blockedBy: z.array(z.object({ destination: z.string(), until: z.number(), reason: z.string() })),
    }),
  ),
});

export function sourceTable(found: z.infer<typeof sources>['sources']): string {
  const rows = found.map(({ address, share, pausedUntil, blockedBy }) => [
    address,
    share,
    pausedUntil === null ? 'in use' : `paused, ends ${showDistance(pausedUntil)}`,
    blockedBy
      .map(({ destination, until, reason }) => `${destination}, ends ${showDistance(until)}: ${reason}`)
      .join('; '),
  ]);
  return table(['address', 'share', 'state', 'blocked by'], rows);
}
