import { z } from 'zod';
import { pathOf } from '../client.ts';
import { showTime } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const listed = z.object({
  appPasswords: z.array(
    z.object({
      name: z.string(),
      scopes: z.array(z.string()),
      createdAt: z.number(),
      expiresAt: z.number().nullable(),
    }),
  ),
});

export const appPasswordList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show the app passwords of an account, not the passwords themselves')
    .argument('<address>', 'the account')
    .action(
      run(async ({ client, show }, [address]: [string]) => {
        const { appPasswords } = await client.ask(
          'GET',
          pathOf(['accounts', address, 'app-passwords']),
          listed,
        );
        const rows = appPasswords.map(({ name, scopes, createdAt, expiresAt }) => [
          name,
          scopes.join(','),
          showTime(createdAt),
          expiresAt === null ? 'never' : showTime(expiresAt),
        ]);
        show(appPasswords, table(['name', 'opens', 'since', 'expires'], rows));
      }),
    );
};
