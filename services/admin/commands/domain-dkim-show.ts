import { pathOf } from '../client.ts';
import { dkimKeys, keyRecords, keyTable } from '../dkim-keys.ts';
import type { Register } from '../session.ts';

export const domainDkimShow: Register = (parent, run) => {
  parent
    .command('show')
    .description('show the keys of a domain, and the records that the DNS must have')
    .argument('<domain>', 'the domain')
    .action(
      run(async ({ client, show }, [domain]: [string]) => {
        const { keys } = await client.ask('GET', pathOf(['domains', domain, 'dkim']), dkimKeys);
        const used = keys.filter(({ state }) => state !== 'retired');
        show(keys, `${keyTable(keys)}${used.length > 0 ? '\n' : ''}${keyRecords(used)}`);
      }),
    );
};
