import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '../../scripts/cluster/services.ts';
import type { ClusterState } from '../../scripts/cluster/state.ts';
import { temporaryDirectory } from '../../scripts/servers.ts';
import { openImap } from '../../scripts/soak/imap-client.ts';
import { missing, missingTools } from '../servers.ts';

const START_WITHIN_MS = 90_000;

describe('npm run cluster', { skip: missing('postgres', 'nats', 'redis') }, () => {
  const directory = temporaryDirectory('cluster-test');
  const stateFile = join(directory.path, 'state.json');
  let command: ChildProcess;
  let output = '';

  before(async () => {
    command = spawn(
      process.execPath,
      [
        'scripts/cluster.ts',
        '--replicas',
        'imap-gateway=2',
        '--state',
        stateFile,
        '--supervise',
        '--no-fsync',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LOG_LEVEL: 'warn' } },
    );
    for (const stream of [command.stdout, command.stderr])
      stream?.on('data', (chunk) => {
        output += String(chunk);
      });
    await until('it says that all runs', () => output.includes('Ctrl-C stops everything'));
  });
  after(() => {
    command.kill('SIGKILL');
    directory.remove();
  });

  const state = (): ClusterState => JSON.parse(readFileSync(stateFile, 'utf8')) as ClusterState;

  async function until(what: string, holds: () => boolean): Promise<void> {
    for (const deadline = Date.now() + START_WITHIN_MS; !holds(); await sleep(50)) {
      assert.equal(command.exitCode, null, output);
      assert.ok(Date.now() < deadline, `in vain waited until ${what}\n${output}`);
    }
  }

  test('shows which process is where, and writes it to the state file', () => {
    const { processes, servers, pid } = state();
    assert.equal(pid, command.pid);
    assert.deepEqual(
      processes.map((one) => `${one.service}-${one.index}`).sort(),
      [...SERVICES.map((service) => `${service}-0`), 'imap-gateway-1'].sort(),
    );
    assert.deepEqual(servers.map((one) => one.kind).sort(), ['nats', 'postgres', 'redis']);
    for (const one of [...processes, ...servers]) {
      assert.ok(alive(one.pid));
      assert.match(output, new RegExp(`\\b${one.pid}\\b`));
    }
  });

  test('the printed log-in works on every gateway', async () => {
    const { demo, processes } = state();
    assert.ok(output.includes(demo.password));
    for (const gateway of processes.filter((one) => one.service === 'imap-gateway')) {
      const client = await openImap(gateway.addresses.imap?.port ?? 0, demo.accounts[0] ?? '', demo.password);
      await client.select('INBOX');
      await client.logout();
    }
  });

  test('the printed lines send, read and rule when pasted into a shell', {
    skip: missingTools('swaks', 'curl'),
  }, async () => {
    const paste = (name: string): string => {
      const line = new RegExp(`^${name}: +(.*)$`, 'm').exec(output)?.[1];
      assert.ok(line, `a line ${name}: in ${output}`);
      return execFileSync('sh', ['-c', line.replace('--help', '--json account list')], {
        encoding: 'utf8',
        timeout: 60_000,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    };
    assert.match(paste('send'), /250 2\.0\.0/);
    let read = '';
    for (const deadline = Date.now() + 15_000; !read.includes('This is a test mailing'); await sleep(100)) {
      assert.ok(Date.now() < deadline, 'the message never arrives');
      try {
        read = paste('read');
      } catch {
        // curl ends with an error while there is no message 1.
      }
    }
    for (const account of state().demo.accounts) assert.ok(paste('rule').includes(account));
  });

  test('with --supervise a killed process is started again at its place, and the state file tells', async () => {
    const pick = () => state().processes.find((one) => one.service === 'imap-gateway' && one.index === 1);
    const old = pick();
    assert.ok(old);
    process.kill(old.pid, 'SIGKILL');
    await until('the state file names its new pid', () => {
      const now = pick();
      return now !== undefined && now.pid !== old.pid && now.pid !== 0;
    });
    assert.deepEqual(pick()?.addresses, old.addresses);
  });

  test('Ctrl-C stops everything', async () => {
    const { processes, servers } = state();
    const exit = new Promise<number | null>((resolve) => command.once('exit', resolve));
    command.kill('SIGINT');
    assert.equal(await exit, 0, output);
    assert.deepEqual(
      [...processes, ...servers].filter((one) => alive(one.pid)),
      [],
    );
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
