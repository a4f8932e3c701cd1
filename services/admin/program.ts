import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { DEFAULT_DATA_DIR } from '../../shared/runtime/config.ts';
import { AdminClient } from './client.ts';
import { COMMANDS } from './commands.ts';
import type { Run, SchemaOf, Session } from './session.ts';
import { printable } from './table.ts';
import { Mistake, type Terminal, WrongUsage } from './terminal.ts';
import { readTokenFile, TOKEN_FILE } from './token.ts';

const DEFAULT_URL = 'http://127.0.0.1:8081';

/** Exit statuses: all went well; something was refused or failed; the command line is wrong. */
export const Exit = { ok: 0, failed: 1, usage: 2 } as const;

/** Runs one command line (without `node` and the program's name). Resolves to the exit status, never rejects. */
export async function runMailctl(
  args: readonly string[],
  terminal: Terminal,
  schema: SchemaOf,
): Promise<number> {
  let complaints = 0;
  const complain = (text: string) => {
    complaints += 1;
    terminal.err(`mailctl: ${printable(text)}\n`);
  };
  try {
    await createProgram(terminal, schema, complain).parseAsync(args, { from: 'user' });
    return complaints > 0 ? Exit.failed : Exit.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
    complain(error instanceof Mistake ? error.message : `unexpected: ${String(error)}`);
    return error instanceof WrongUsage ? Exit.usage : Exit.failed;
  }
}

function createProgram(terminal: Terminal, schema: SchemaOf, complain: (text: string) => void): Command {
  const program = new Command('mailctl')
    .description('Runs a Cartero mail cluster: domains, accounts, aliases, queue, sessions and leases.')
    .option('--json', 'print JSON instead of a table')
    .addOption(
      new Option('--url <url>', 'where the admin API is')
        .env('ADMIN_URL')
        .default(DEFAULT_URL)
        .argParser(readUrl),
    )
    .addOption(
      new Option(
        '--token <token>',
        'what the admin API wants to see (default: read from the data directory)',
      ).env('ADMIN_TOKEN'),
    )
    .addOption(
      new Option('--data-dir <directory>', `where ${TOKEN_FILE} is`)
        .env('DATA_DIR')
        .default(DEFAULT_DATA_DIR),
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(`${oneLine(text.replace(/^error: /, 'mailctl: '))}\n`),
    })
    .exitOverride();

  const run: Run =
    (work) =>
    async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const session = openSession(command, terminal, schema, complain);
      await work(session, command.processedArgs as never, command.opts());
    };
  for (const [group, description, commands] of COMMANDS) {
    const parent = group === null ? program : program.command(group).description(description);
    for (const register of commands) register(parent, run);
  }
  return program;
}

function openSession(
  command: Command,
  terminal: Terminal,
  schema: SchemaOf,
  complain: (text: string) => void,
): Session {
  const { url, token, dataDir, json } = command.optsWithGlobals();
  return {
    client: new AdminClient(url, async () => token ?? (await readToken(dataDir))),
    terminal,
    schema,
    show: (value, text) => terminal.out(json ? `${JSON.stringify(value, null, 2)}\n` : text),
    complain,
  };
}

async function readToken(dataDir: string): Promise<string> {
  const path = join(dataDir, TOKEN_FILE);
  const token = await readTokenFile(path).catch((cause: Error) => {
    throw new Mistake(`cannot read ${path}: ${cause.message}`, cause);
  });
  if (token === undefined) {
    throw new Mistake(
      `no token: give --token, set ADMIN_TOKEN, or point --data-dir to where ${TOKEN_FILE} is`,
    );
  }
  return token;
}

const httpUrl = z.url({ protocol: /^https?$/ });

function readUrl(text: string): string {
  if (!httpUrl.safeParse(text).success) {
    throw new InvalidArgumentError(`It is an address such as ${DEFAULT_URL}.`);
  }
  return text;
}

function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*\n\s*/g, ' '));
}
