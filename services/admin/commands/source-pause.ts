import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../../shared/runtime/setting-types.ts';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';
import { sources, sourceTable } from '../sources.ts';

export const sourcePause: Register = (parent, run) => {
  parent
    .command('pause')
    .description('send nothing from an address for a while')
    .argument('<address>', 'an address of ours')
    .argument('<time>', 'such as 6h or 2d', readTime)
    .action(
      run(async ({ client, show }, [address, pauseMs]: [string, number]) => {
        const answer = await client.ask('PUT', pathOf(['sources', address]), sources, { pauseMs });
        show(answer.sources, sourceTable(answer.sources));
      }),
    );
};

function readTime(text: string): number {
  const ms = parseDuration(text);
  if (!ms) throw new InvalidArgumentError('It is a time such as 6h or 2d.');
  return ms;
}
