import { Option } from 'commander';
import { pathOf } from '../client.ts';
import { dkimKeys, keyRecords } from '../dkim-keys.ts';
import type { Register } from '../session.ts';

const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  both: ['rsa-sha256', 'ed25519-sha256'],
  rsa: ['rsa-sha256'],
  ed25519: ['ed25519-sha256'],
};

export const domainDkimCreate: Register = (parent, run) => {
  parent
    .command('create')
    .description('make new keys; publish the records that are printed, then rotate')
    .argument('<domain>', 'the domain')
    .addOption(
      new Option('--algorithm <algorithm>', 'which keys').choices(Object.keys(ALGORITHMS)).default('both'),
    )
    .action(
      run(async ({ client, show }, [domain]: [string], { algorithm }) => {
        const body = { algorithms: ALGORITHMS[algorithm] };
        const { keys } = await client.ask('POST', pathOf(['domains', domain, 'dkim']), dkimKeys, body);
        show(keys, keyRecords(keys));
      }),
    );
};
