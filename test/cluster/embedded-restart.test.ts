import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEMO_ACCOUNTS } from '../../scripts/cluster/state.ts';
import { type Child, makeChild } from '../../scripts/servers/child.ts';
import { freePort, temporaryDirectory } from '../../scripts/servers.ts';
import { openImap } from '../../scripts/soak/imap-client.ts';
import { openSmtp } from '../../scripts/soak/smtp-client.ts';
import { SETTINGS } from '../../shared/runtime/config.ts';

const PASSWORD = 'correct horse battery staple';
const [alice = '', bob = ''] = DEMO_ACCOUNTS;

describe('everything in one process', () => {
  const directory = temporaryDirectory('embedded');
  const ports: Record<string, number> = {};
  let all: Child;

  before(async () => {
    for (const { name } of SETTINGS)
      if (name.endsWith('_PORT') && name !== 'RELAY_PORT') ports[name] = await freePort();
    const settings = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
    mkdirSync(join(directory.path, 'data'));
    all = makeChild({
      name: 'all-in-one',
      command: process.execPath,
      arguments: [fileURLToPath(new URL('../../services/all-in-one/main.ts', import.meta.url))],
      cwd: directory.path,
      env: {
        PATH: process.env.PATH,
        DATA_DIR: join(directory.path, 'data'),
        DEMO_PASSWORD: PASSWORD,
        RELAY_HOST: '127.0.0.1:1',
        ...settings,
      },
      logFile: join(directory.path, 'all-in-one.log'),
      stopSignal: 'SIGTERM',
      orphanSignal: 'SIGKILL',
      stopGraceMs: 30_000,
      readyWithinMs: 60_000,
      ready: async (output) => output().includes('"event":"ready"'),
    });
    await all.start();
  });
  after(async () => {
    await all?.stop();
    directory.remove();
  });

  const port = (name: string): number => ports[name] ?? 0;

  async function send(subject: string): Promise<void> {
    const client = await openSmtp(port('SUBMISSION_PORT'), { address: bob, password: PASSWORD });
    const bytes = Buffer.from(
      `From: <${bob}>\r\nTo: <${alice}>\r\nSubject: ${subject}\r\n\r\ntext of ${subject}\r\n`,
    );
    await client.send({ reversePath: bob, forwardPaths: [alice], bytes });
    client.destroy();
  }

  /** Subject by uid of what alice has, once it is as many as expected. */
  async function inbox(
    expected: number,
  ): Promise<{ uidValidity: number; subjects: [number, string | undefined][] }> {
    const client = await openImap(port('IMAP_PORT'), alice, PASSWORD);
    try {
      for (;;) {
        const uidValidity = await client.select('INBOX');
        const messages = await client.fetchFrom(1);
        if (messages.length < expected) continue;
        const subject = (bytes: Buffer) => /^Subject: (.*)\r$/m.exec(bytes.toString())?.[1];
        return { uidValidity, subjects: messages.map(({ uid, bytes }) => [uid, subject(bytes)]) };
      }
    } finally {
      client.destroy();
    }
  }

  test('keeps the mail over an orderly restart', async () => {
    await send('one');
    const before = await inbox(1);
    assert.deepEqual(before.subjects, [[1, 'one']]);
    await all.restart();
    assert.deepEqual(await inbox(1), before);
  });

  test('keeps what it accepted over SIGKILL right after the 250, and goes on counting uids', async () => {
    const { uidValidity } = await inbox(1);
    await send('two');
    await all.kill('SIGKILL');
    await all.start();
    await send('three');
    assert.deepEqual(await inbox(3), {
      uidValidity,
      subjects: [
        [1, 'one'],
        [2, 'two'],
        [3, 'three'],
      ],
    });
  });
});
