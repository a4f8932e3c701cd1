import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { pathOf } from '../client.ts';
import { showTime } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const listed = z.object({
  logIns: z.array(
    z.object({
      at: z.number(),
      name: z.string(),
      protocol: z.string(),
      method: z.string(),
      remote: z.string(),
      outcome: z.string(),
      appPassword: z.string().nullable(),
    }),
  ),
});

const MOST = 1_000;

export const logIns: Register = (parent, run) => {
  parent
    .command('log-ins')
    .description('show who logged in, or tried to, newest first')
    .argument('[address]', 'those that named this address only')
    .addOption(
      new Option('--outcome <outcome>', 'those that ended so only').choices([
        'accepted',
        'refused',
        'throttled',
      ]),
    )
    .addOption(
      new Option('--limit <count>', `how many, ${MOST} at most`).default(50).argParser((text) => {
        if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST) return Number(text);
        throw new InvalidArgumentError(`It is a whole number from 1 to ${MOST}.`);
      }),
    )
    .action(
      run(async ({ client, show }, [address]: [string | undefined], { outcome, limit }) => {
        const path = pathOf(['log-ins'], { address, outcome, limit });
        const { logIns: found } = await client.ask('GET', path, listed);
        const rows = found.map((one) => [
          showTime(one.at),
          one.outcome,
          one.name,
          one.protocol,
          one.appPassword === null ? one.method : `${one.method} (${one.appPassword})`,
          one.remote,
        ]);
        show(found, table(['time', 'outcome', 'name', 'protocol', 'by', 'from'], rows));
      }),
    );
};
