import { pathOf } from '../client.ts';
import { dkimKeys, keyTable } from '../dkim-keys.ts';
import type { Register } from '../session.ts';

export const domainDkimRotate: Register = (parent, run) => {
  parent
    .command('rotate')
    .description('sign by the new keys, whose records the DNS has; the old ones are retired')
    .argument('<domain>', 'the domain')
    .action(
      run(async ({ client, show }, [domain]: [string]) => {
        const { keys } = await client.ask('POST', pathOf(['domains', domain, 'dkim', 'rotate']), dkimKeys);
        show(keys, keyTable(keys));
      }),
    );
};
