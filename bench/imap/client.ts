import { Connection } from './connection.ts';
import { messageOf } from './corpus.ts';
import { ROWS, type Row, type Target } from './rows.ts';

/** What the client process is asked: `node bench/imap/client.ts '<JSON>'`; each answer is one JSON line. */
export interface ClientRequest {
  readonly targets: readonly Target[];
  readonly messages: number;
  /** Fill the targets, or measure rows whose name holds the text. */
  readonly fill?: true;
  readonly only?: string;
}

export interface RowAnswer {
  readonly row: string;
  readonly target: string;
  /** Milliseconds of each time. */
  readonly ms: readonly number[];
  readonly check: number;
}

const TIMES = 3;
/** A row that takes longer altogether is not done again. */
const ENOUGH_MS = 4_000;
const MESSAGES_AN_APPEND = 100;

async function fill({ imapPort, account, password }: Target, messages: number): Promise<number> {
  const connection = await Connection.logIn(imapPort, account, password);
  const started = performance.now();
  for (let from = 0; from < messages; from += MESSAGES_AN_APPEND) {
    const count = Math.min(MESSAGES_AN_APPEND, messages - from);
    await connection.append(
      'INBOX',
      Array.from({ length: count }, (_, at) => messageOf(from + at)),
    );
  }
  connection.close();
  return performance.now() - started;
}

async function measure(row: Row, target: Target, messages: number): Promise<RowAnswer> {
  const ms: number[] = [];
  let check = 0;
  let total = 0;
  while (ms.length < (row.once ? 1 : TIMES) && total < ENOUGH_MS) {
    const connection = await Connection.logIn(target.imapPort, target.account, target.password);
    if (!row.bare) await connection.command('SELECT INBOX');
    await row.before?.(connection);
    const started = performance.now();
    ({ check } = await row.run(connection, target, messages));
    const took = performance.now() - started;
    ms.push(took);
    total += took;
    await row.after?.(connection);
    connection.close();
  }
  return { row: row.name, target: target.name, ms, check };
}

const request = JSON.parse(process.argv[2] ?? '{}') as ClientRequest;
const say = (answer: RowAnswer): boolean => process.stdout.write(`${JSON.stringify(answer)}\n`);
if (request.fill)
  for (const target of request.targets)
    say({
      row: `${request.messages} messages by MULTIAPPEND`,
      target: target.name,
      ms: [await fill(target, request.messages)],
      check: request.messages,
    });
else
  for (const row of ROWS.filter(({ name }) => name.includes(request.only ?? '')))
    for (const target of request.targets) say(await measure(row, target, request.messages));
process.exit(0);
