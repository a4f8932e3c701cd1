import { z } from 'zod';
import { pathOf } from '../client.ts';
import { showTime } from '../quantities.ts';
import { ENTRY_HEAD, entryCells, queueEntry } from '../queue-entry.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const shown = z.object({
  entries: z.array(queueEntry),
  attempts: z.array(
    z.object({
      forwardPath: z.string(),
      destination: z.string(),
      at: z.number(),
      outcome: z.string(),
      remote: z.string(),
      status: z.string(),
      reply: z.string(),
      tls: z.string().nullable(),
    }),
  ),
});

export const queueShow: Register = (parent, run) => {
  parent
    .command('show')
    .description(
      'show what became of a message: each attempt of the last two weeks, and what the remote said',
    )
    .argument('<id>', 'an entry as `queue list` has it, or the id of a message')
    .action(
      run(async ({ client, show }, [id]: [string]) => {
        const answer = await client.ask('GET', pathOf(['queue', id]), shown);
        const attempts = answer.attempts.map((one) => [
          showTime(one.at),
          `<${one.forwardPath}>`,
          one.outcome,
          one.remote,
          one.tls ?? '',
          one.status,
          one.reply,
        ]);
        const head = ['time', 'to', 'outcome', 'server', 'tls', 'status', 'reply'];
        show(answer, `${table(ENTRY_HEAD, answer.entries.map(entryCells))}\n${table(head, attempts)}`);
      }),
    );
};
