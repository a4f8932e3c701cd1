import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';
import { sources, sourceTable } from '../sources.ts';

export const sourceResume: Register = (parent, run) => {
  parent
    .command('resume')
    .description('send from an address again, also to those that blocked it')
    .argument('<address>', 'an address of ours')
    .action(
      run(async ({ client, show }, [address]: [string]) => {
        const answer = await client.ask('PUT', pathOf(['sources', address]), sources, { pauseMs: 0 });
        show(answer.sources, sourceTable(answer.sources));
      }),
    );
};
