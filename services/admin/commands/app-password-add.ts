import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { LOG_IN_PROTOCOLS } from '../../../shared/account/port.ts';
import { parseDuration } from '../../../shared/runtime/setting-types.ts';
import { pathOf } from '../client.ts';
import { showTime } from '../quantities.ts';
import type { Register } from '../session.ts';

const made = z.object({
  address: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number().nullable(),
  password: z.string(),
});

const MAIL_PROGRAM = 'imap,smtp';

export const appPasswordAdd: Register = (parent, run) => {
  parent
    .command('add')
    .description('make a password for one program of an account, and show it once')
    .argument('<address>', 'the account')
    .argument('<name>', 'what the program is called')
    .addOption(
      new Option('--scope <protocols>', `what it opens, with commas: ${LOG_IN_PROTOCOLS.join(', ')}`)
        .default(MAIL_PROGRAM.split(','), MAIL_PROGRAM)
        .argParser(readScopes),
    )
    .addOption(
      new Option('--expires <duration>', 'how long it is good: 90d, 12h')
        .default(null, 'never expires')
        .argParser(readExpiry),
    )
    .action(
      run(async ({ client, show }, [address, name]: [string, string], { scope, expires }) => {
        const expiresAt = expires === null ? null : Date.now() + expires;
        const path = pathOf(['accounts', address, 'app-passwords']);
        const password = await client.ask('POST', path, made, { name, scopes: scope, expiresAt });
        const until = password.expiresAt === null ? '' : ` until ${showTime(password.expiresAt)}`;
        show(
          password,
          `${password.password}\n${password.name} of ${password.address} opens ${password.scopes.join(', ')}${until}; it is not shown again\n`,
        );
      }),
    );
};

function readScopes(text: string): string[] {
  const scopes = text.split(',').map((scope) => scope.trim());
  const known: readonly string[] = LOG_IN_PROTOCOLS;
  if (!scopes.every((scope) => known.includes(scope)))
    throw new InvalidArgumentError(`It is one or more of ${known.join(', ')}.`);
  return scopes;
}

function readExpiry(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('It is a duration such as 90d or 12h.');
  return ms;
}
