import { type CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { readCount, readSize } from '../quantities.ts';
import type { Register } from '../session.ts';
import { Mistake, readInput } from '../terminal.ts';

const outcome = z.union([
  z.object({ address: z.string(), accountId: z.string() }),
  z.object({ refused: z.string(), text: z.string() }),
]);
const imported = z.object({ outcomes: z.array(outcome) });

/** Accounts a request: half a second of key derivation, so that progress shows. */
const AT_ONCE = 100;

interface NewAccount {
  readonly address: string;
  readonly password: string;
  readonly quotaBytes: number | null;
  readonly quotaMessages: number | null;
}

export const accountImport: Register = (parent, run) => {
  parent
    .command('import')
    .description(
      'make many accounts from CSV with the columns address and password, and if need be quota and quota_messages',
    )
    .argument('<file>', 'a CSV file whose first line names the columns; - is standard input')
    .action(
      run(async ({ client, show, complain, terminal }, [file]: [string]) => {
        const rows = readAccounts(await readInput(terminal, file));
        const results: { line: number; address: string; refused?: string; text?: string }[] = [];
        for (let from = 0; from < rows.length; from += AT_ONCE) {
          const some = rows.slice(from, from + AT_ONCE);
          const accounts = some.map(({ account }) => account);
          const { outcomes } = await client.ask('POST', 'accounts/import', imported, { accounts });
          for (const [index, { line, account }] of some.entries()) {
            const result = outcomes[index];
            if (result && 'refused' in result) complain(`line ${line}: ${result.text}`);
            results.push({ line, address: account.address, ...result });
          }
        }
        const added = results.filter(({ refused }) => refused === undefined).length;
        show(
          { added, refused: results.length - added, results },
          `added ${added} accounts, refused ${results.length - added}\n`,
        );
      }),
    );
};

interface Row {
  readonly line: number;
  readonly account: NewAccount;
}

/** All rows or none: a file with a mistake in it is refused before the first account is made. */
export function readAccounts(csv: string): Row[] {
  return parseCsv(csv).map(({ record, info: { lines } }) => ({
    line: lines,
    account: readAccount(record, lines),
  }));
}

const COLUMNS = ['address', 'password', 'quota', 'quota_messages'];

type CsvRow = { record: Record<string, string>; info: { lines: number } };

function parseCsv(csv: string): CsvRow[] {
  try {
    return parse(csv, {
      bom: true,
      columns: readHead,
      info: true,
      skip_empty_lines: true,
    }) as unknown as CsvRow[];
  } catch (cause) {
    if (cause instanceof Mistake) throw cause;
    throw new Mistake(`the CSV cannot be read: ${(cause as CsvError).message}`, cause);
  }
}

function readHead(names: string[]): string[] {
  const head = names.map((name) => name.trim().toLowerCase());
  const unknown = head.find((name) => !COLUMNS.includes(name));
  // The first line may be an account, so its cells are not shown: one is a password.
  if (unknown !== undefined || !head.includes('address') || !head.includes('password')) {
    throw new Mistake(
      `the first line names the columns: address,password and if need be quota,quota_messages`,
    );
  }
  return head;
}

function readAccount(record: Record<string, string>, line: number): NewAccount {
  const limit = (name: string, read: (text: string) => number | null) => {
    const text = record[name]?.trim() ?? '';
    try {
      return text === '' ? null : read(text);
    } catch (cause) {
      throw new Mistake(`line ${line}: ${name} '${text}': ${(cause as Error).message}`, cause);
    }
  };
  return {
    address: record.address?.trim() ?? '',
    password: record.password ?? '',
    quotaBytes: limit('quota', readSize),
    quotaMessages: limit('quota_messages', readCount),
  };
}
