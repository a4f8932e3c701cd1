import { pathOf } from '../client.ts';
import { readCount } from '../quantities.ts';
import type { Register } from '../session.ts';
import { sources, sourceTable } from '../sources.ts';

export const sourceShare: Register = (parent, run) => {
  parent
    .command('share')
    .description(
      "how much of its pool's mail an address gets beside the others, which have 100; to warm it up",
    )
    .argument('<address>', 'an address of ours')
    .argument('<share>', 'from 0 to 100', readCount)
    .action(
      run(async ({ client, show }, [address, share]: [string, number | null]) => {
        const answer = await client.ask('PUT', pathOf(['sources', address]), sources, { share });
        show(answer.sources, sourceTable(answer.sources));
      }),
    );
};
