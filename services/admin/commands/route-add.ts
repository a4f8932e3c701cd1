import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import type { Register } from '../session.ts';

const added = z.object({ name: z.string() });

export const routeAdd: Register = (parent, run) => {
  parent
    .command('add')
    .description('send mail of a sender or for a recipient another way, or from certain addresses of ours')
    .argument('<name>', 'what it is called')
    .option('--sender <domain>', 'mail with a reverse-path of this domain')
    .option('--recipient <domain>', 'mail for this domain')
    .option('--host <host:port>', 'to this server (a smarthost), and not to the mail exchangers', readHost)
    .addOption(
      new Option('--tls <tls>', 'what TLS has to be; required and implicit: with a certificate that holds')
        .choices(['opportunistic', 'required', 'implicit'])
        .default(undefined, 'required with --user, else opportunistic'),
    )
    .option('--user <name>', 'log in there (AUTH PLAIN)')
    .option('--password-file <file>', 'with the password in its first line, on each relay-worker')
    .option('--source <address...>', 'from these addresses of ours')
    .action(
      run(async ({ client, show }, [name]: [string], options) => {
        const { sender, recipient, host, tls, user, passwordFile, source } = options;
        const route = await client.ask('POST', 'routes', added, {
          name,
          senderDomain: sender ?? null,
          recipientDomain: recipient ?? null,
          host: host?.name ?? null,
          port: host?.port ?? null,
          tls: tls ?? (user === undefined ? 'opportunistic' : 'required'),
          username: user ?? null,
          secretFile: passwordFile ?? null,
          sources: source ?? [],
        });
        show(route, `added the route ${route.name}\n`);
      }),
    );
};

function readHost(text: string): { name: string; port: number } {
  const [, v6, name, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined) throw new InvalidArgumentError('It is host:port, such as smtp.example.org:587.');
  return { name: (v6 ?? name)!, port: Number(port) };
}
