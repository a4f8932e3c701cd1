import { z } from 'zod';
import { showTime } from './quantities.ts';
import { table } from './table.ts';
import { zoneLine } from './zone-line.ts';

/** What the admin API says of the keys of a domain. */
export const dkimKeys = z.object({
  keys: z.array(
    z.object({
      selector: z.string(),
      algorithm: z.string(),
      state: z.enum(['published', 'signing', 'retired']),
      name: z.string(),
      record: z.string(),
      createdAt: z.number(),
      signingAt: z.number().nullable(),
      retiredAt: z.number().nullable(),
    }),
  ),
});

type Keys = z.infer<typeof dkimKeys>['keys'];

export function keyTable(keys: Keys): string {
  const rows = keys.map(({ selector, algorithm, state, createdAt, signingAt, retiredAt }) => [
    selector,
    algorithm,
    state,
    showTime(retiredAt ?? signingAt ?? createdAt),
  ]);
  return table(['selector', 'algorithm', 'state', 'since'], rows);
}

/** The records of these keys, as lines of a zone file. */
export function keyRecords(keys: Keys): string {
  return keys.map(({ name, record }) => `${zoneLine(name, 'TXT', record)}\n`).join('');
}
