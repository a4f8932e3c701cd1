import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDemoAccounts } from '../../../services/demo-accounts.ts';
import { start } from '../../../services/smtp-ingress/service.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';
import { runTranscript, transcriptsIn } from '../run.ts';

const PASSWORD = 'a long enough password';
const ANY_PORT = {
  SMTP_PORT: '0',
  SUBMISSION_PORT: '0',
  SUBMISSIONS_PORT: '0',
  LMTP_PORT: '0',
  MANAGESIEVE_PORT: '0',
};

const base64 = (text: string) => Buffer.from(text).toString('base64');
const hops = (count: number) =>
  Array.from({ length: count }, (_, i) => `Received: from a by b with SMTP id ${i};\r\n\tdate\r\n`).join('');

const VARIABLES = {
  alice: base64(`\0alice@example.test\0${PASSWORD}`),
  alice_as_bob: base64(`bob@example.test\0alice@example.test\0${PASSWORD}`),
  wrong: base64('\0alice@example.test\0guess'),
  password64: base64(PASSWORD),
  hops100: hops(100),
  hops101: hops(101),
};

let directory: string;
let opened: TestPorts;
let running: Running;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cartero-'));
  opened = await openTestPorts('pglite', { ...ANY_PORT, DATA_DIR: directory });
  await createDemoAccounts(opened.ports.database, PASSWORD);
  running = await start(opened.ports, opened.config);
});

after(async () => {
  await running?.stop(0);
  await opened?.close();
  rmSync(directory, { recursive: true, force: true });
});

for (const { name, path } of transcriptsIn('smtp')) {
  test(`smtp transcript: ${name}`, () =>
    runTranscript(path, { addresses: running.addresses, listener: 'smtp', variables: VARIABLES }));
}
