import { z } from 'zod';
import { pathOf } from '../client.ts';
import { allPages } from '../pages.ts';
import { ENTRY_HEAD, entryCells, queueEntry } from '../queue-entry.ts';
import { readFilters, withFilters } from '../queue-selection.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const listed = z.object({ entries: z.array(queueEntry) });

export const queueList: Register = (parent, run) => {
  withFilters(
    parent
      .command('list')
      .description('show what waits for other servers, and why, and what waits for mailboxes of ours')
      .argument('[destination]', 'for this domain only'),
  ).action(
    run(async ({ client, show }, [domain]: [string | undefined], options) => {
      const { kind, ...filters } = readFilters({ destination: domain, ...options });
      const kinds = kind === undefined ? ['remote', 'local'] : [kind];
      const pages = kinds.map((each) =>
        allPages<z.infer<typeof queueEntry>>(async (last) => {
          const after = last && `${last.destination}/${last.entryId}`;
          return (await client.ask('GET', pathOf(['queue'], { ...filters, kind: each, after }), listed))
            .entries;
        }),
      );
      const entries = (await Promise.all(pages)).flat();
      show(entries, table(ENTRY_HEAD, entries.map(entryCells)));
    }),
  );
};
