import { createInterface } from 'node:readline';
import { Mailboxes } from './load/mailboxes.ts';
import { prepareRow } from './load/measure-row.ts';
import type { LoadAnswer, LoadRequest, LoadTarget } from './load/request.ts';

/** The load as a process of its own, `node bench/load.ts '<LoadTarget>'`; requests and answers are JSON lines (`load/request.ts`). */
const target = JSON.parse(process.argv[2] ?? '{}') as LoadTarget;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const answer = (line: LoadAnswer): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const mailboxes = await Mailboxes.open(target.imapPort, target.accounts, target.password);
answer({ at: 'ready' });
for (;;) {
  const { value, done } = await lines.next();
  if (done) break;
  const row = await prepareRow(target, mailboxes, JSON.parse(value) as LoadRequest);
  answer({ at: 'prepared' });
  await lines.next();
  answer({ at: 'measured', ...(await row.measure()) });
  await lines.next();
  answer({ at: 'verified', intact: await row.verify() });
}
mailboxes.close();
process.exit(0);
