import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startServers } from '../../scripts/servers.ts';
import { missing, missingTools, testDatabase } from '../servers.ts';

const skip = missing('postgres', 'nats', 'redis');

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !holds(); await sleep(50))
    assert.ok(Date.now() < deadline, `in vain waited until ${what}`);
}

describe('servers of our own', { skip }, () => {
  test('a database survives SIGKILL of its server, at the same place', async () => {
    const servers = await startServers({ fsync: true });
    try {
      const { postgres } = servers;
      await query(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      const before = postgres.pid;
      await postgres.kill('SIGKILL');
      assert.equal(postgres.running, false);
      await postgres.start();
      assert.notEqual(postgres.pid, before);
      assert.deepEqual(await query(postgres.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
    } finally {
      await servers.stop();
    }
    assert.equal(existsSync(servers.directory), false, 'the temporary directory is gone');
    for (const server of servers.all) assert.equal(server.running, false);
  });

  test('nothing is left when the parent is killed', async () => {
    const module = new URL('../../scripts/servers.ts', import.meta.url).href;
    const script = `
      const { startServers } = await import(${JSON.stringify(module)});
      const servers = await startServers({ fsync: false });
      console.log(JSON.stringify({ pids: servers.all.map((s) => s.pid), directory: servers.directory }));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      parent.stdout.once('data', (chunk) => resolve(String(chunk))),
    );
    const { pids, directory } = JSON.parse(line) as { pids: number[]; directory: string };
    assert.equal(pids.length, 3);
    assert.ok(pids.every(alive));
    parent.kill('SIGKILL');
    await eventually('all servers are gone', () => !pids.some(alive));
    await eventually('their directory is gone', () => !existsSync(directory));
  });
});

describe('testDatabase', { skip }, () => {
  test('is empty, our own, and gone afterwards', async () => {
    const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
    assert.notEqual(one.url, two.url);
    assert.deepEqual(
      await query(one.url, "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'"),
      [{ n: 0 }],
    );
    await Promise.all([one.drop(), two.drop()]);
    await assert.rejects(query(one.url, 'SELECT 1'), /does not exist/);
  });
});

describe('install-servers.sh', { skip }, () => {
  test('has nothing to do, says nothing and succeeds where all is installed', {
    skip: missingTools('swaks', 'telnet', 'curl', 'python3'),
  }, () => {
    assert.equal(execFileSync('bash', ['scripts/install-servers.sh'], { encoding: 'utf8' }), '');
  });
});

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
