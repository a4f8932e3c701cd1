import { pathOf } from '../client.ts';
import { dkimKeys, keyTable } from '../dkim-keys.ts';
import type { Register } from '../session.ts';

export const domainDkimRetire: Register = (parent, run) => {
  parent
    .command('retire')
    .description(
      'sign no more by a key, and destroy its private half; one that is retired already is forgotten',
    )
    .argument('<domain>', 'the domain')
    .argument('<selector>', 'as `show` has it')
    .action(
      run(async ({ client, show }, [domain, selector]: [string, string]) => {
        const { keys } = await client.ask('DELETE', pathOf(['domains', domain, 'dkim', selector]), dkimKeys);
        show(keys, keyTable(keys));
      }),
    );
};
