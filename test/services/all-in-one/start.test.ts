import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const NO_PORTS = Object.fromEntries(
  [
    'SMTP',
    'SUBMISSION',
    'SUBMISSIONS',
    'LMTP',
    'POP3',
    'POP3S',
    'IMAP',
    'IMAPS',
    'HTTP',
    'HTTPS',
    'ADMIN',
  ].map((name) => [`${name}_PORT`, '0']),
);

function start(settings: Record<string, string>): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, ['services/all-in-one/main.ts'], {
    env: { ...process.env, ...NO_PORTS, LOG_LEVEL: 'silent', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 60_000,
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, lines: stderr.trimEnd().split('\n') }));
  });
}

describe('a start that cannot be', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cartero-start-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  test('a DATA_DIR below a file is one line and exit 1', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const { code, lines } = await start({ DATA_DIR: join(file, 'data') });
    assert.deepEqual([code, lines], [1, [`cartero: DATA_DIR ${file}/data cannot be used: ENOTDIR`]]);
  });

  test('a DATA_DIR that can be seen but not made is one line and exit 1', async () => {
    const { code, lines } = await start({ DATA_DIR: '/proc/cartero' });
    assert.deepEqual([code, lines], [1, ['cartero: DATA_DIR /proc/cartero cannot be used: ENOENT']]);
  });

  test('a DATA_DIR in use is one line that names the process', async () => {
    await writeFile(join(directory, 'cartero.pid'), `${process.pid}\n`);
    const { code, lines } = await start({ DATA_DIR: directory });
    assert.deepEqual(
      [code, lines],
      [1, [`cartero: DATA_DIR ${directory} is in use by process ${process.pid}`]],
    );
  });

  test('a taken port is one line that names it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const { code, lines } = await start({ DATA_DIR: join(directory, 'data'), IMAP_PORT: String(port) });
    server.close();
    assert.equal(code, 1);
    assert.equal(lines.length, 1);
    assert.match(
      lines[0]!,
      new RegExp(`^cartero: cannot listen on 127\\.0\\.0\\.1:${port}: the port is taken`),
    );
  });

  test('wrong settings are listed all at once', async () => {
    const { code, lines } = await start({ SMTP_PORT: 'abc', LEASE_TTL: 'x' });
    assert.equal(code, 1);
    assert.deepEqual(
      lines
        .slice(1)
        .map((line) => line.trim().split(' ')[0])
        .sort(),
      ['LEASE_TTL', 'SMTP_PORT'],
    );
  });
});
