import type { Register } from '../session.ts';
import { sources, sourceTable } from '../sources.ts';

export const sourceList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show the addresses that routes go out from, their shares, and who blocks them')
    .action(
      run(async ({ client, show }) => {
        const answer = await client.ask('GET', 'sources', sources);
        show(answer.sources, sourceTable(answer.sources));
      }),
    );
};
