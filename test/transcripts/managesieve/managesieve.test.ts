import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDemoAccounts } from '../../../services/demo-accounts.ts';
import { start as startStore } from '../../../services/mailbox-store/service.ts';
import { start as startIngress } from '../../../services/smtp-ingress/service.ts';
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

const VARIABLES = {
  alice: base64(`\0alice@example.test\0${PASSWORD}`),
  alice_length: String(base64(`\0alice@example.test\0${PASSWORD}`).length),
  bob: base64(`\0bob@example.test\0${PASSWORD}`),
  wrong: base64('\0alice@example.test\0guess'),
  filler: 'x'.repeat(70_000),
};

let directory: string;
let opened: TestPorts;
const services: Running[] = [];

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cartero-'));
  opened = await openTestPorts('pglite', { ...ANY_PORT, DATA_DIR: directory });
  await createDemoAccounts(opened.ports.database, PASSWORD);
  for (const start of [startStore, startIngress]) services.push(await start(opened.ports, opened.config));
});

after(async () => {
  for (const service of services.reverse()) await service.stop(0);
  await opened?.close();
  rmSync(directory, { recursive: true, force: true });
});

for (const { name, path } of transcriptsIn('managesieve')) {
  test(`managesieve transcript: ${name}`, () =>
    runTranscript(path, {
      addresses: services[1]!.addresses,
      listener: 'managesieve',
      variables: VARIABLES,
    }));
}
