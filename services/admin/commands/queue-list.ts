import { z } from 'zod';
import { pathOf } from '../client.ts';
import { allPages } from '../pages.ts';
import { showDistance, showSize } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const entry = z.object({
  entryId: z.string(),
  emailId: z.string(),
  recipientNo: z.number(),
  destination: z.string(),
  reversePath: z.string(),
  forwardPath: z.string(),
  size: z.number(),
  attempts: z.number(),
  queuedAt: z.number(),
  nextAttemptAt: z.number(),
  lastReply: z.string().nullable(),
});
const listed = z.object({ entries: z.array(entry) });
type Entry = z.infer<typeof entry>;

export const queueList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show what waits for other servers, and why')
    .argument('[destination]', 'for this domain only')
    .action(
      run(async ({ client, show }, [destination]: [string | undefined]) => {
        const entries = await allPages<Entry>(async (last) => {
          const after = last && `${last.destination}/${last.entryId}`;
          return (await client.ask('GET', pathOf(['queue'], { destination, after }), listed)).entries;
        });
        show(entries, table(HEAD, entries.map(cells)));
      }),
    );
};

const HEAD = ['id', 'from', 'to', 'size', 'age', 'attempts', 'next', 'last reply'];

function cells(one: Entry): (string | number)[] {
  return [
    one.entryId,
    `<${one.reversePath}>`,
    `<${one.forwardPath}>`,
    showSize(one.size),
    showDistance(Math.min(one.queuedAt, Date.now())),
    one.attempts,
    one.nextAttemptAt > Date.now() ? showDistance(one.nextAttemptAt) : 'now',
    one.lastReply ?? '',
  ];
}
