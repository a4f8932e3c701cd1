import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { SERVICES } from '../../scripts/cluster/services.ts';
import { temporaryDirectory } from '../../scripts/servers.ts';

const ROOT = join(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const INSTALL = 'sh scripts/install-dependencies.sh';

describe('npm commands on a fresh clone', () => {
  const directory = temporaryDirectory('npm-commands');
  after(() => directory.remove());

  test('each that runs the program installs it first, with the Node it needs', () => {
    for (const name of ['start', 'test', 'service', 'cluster', 'soak', 'chaos', 'dashboards', 'mailctl'])
      assert.ok(scripts[`pre${name}`]?.startsWith(INSTALL), name);
  });

  /** The script in a directory with nothing installed, and an `npm` that only says so. */
  function install(name: string, env: Record<string, string>) {
    const clone = join(directory.path, name);
    for (const part of ['scripts', 'bin']) mkdirSync(join(clone, part), { recursive: true });
    copyFileSync(
      join(ROOT, 'scripts/install-dependencies.sh'),
      join(clone, 'scripts/install-dependencies.sh'),
    );
    writeFileSync(join(clone, 'package-lock.json'), '{}');
    writeFileSync(
      join(clone, 'bin/npm'),
      '#!/bin/sh\nmkdir -p node_modules\necho "added 3 packages"\necho "a warning" >&2\n',
    );
    chmodSync(join(clone, 'bin/npm'), 0o755);
    const { npm_config_loglevel: _, ...rest } = process.env;
    const ran = spawnSync('sh', ['scripts/install-dependencies.sh'], {
      cwd: clone,
      encoding: 'utf8',
      env: { ...rest, PATH: `${join(clone, 'bin')}:${process.env.PATH}`, ...env },
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.ok(existsSync(join(clone, 'node_modules/.package-lock.json')));
    return ran;
  }

  test('what the installation says never stands in the output of the command', () => {
    const ran = install('loud', {});
    assert.equal(ran.stdout, '');
    assert.match(ran.stderr, /added 3 packages/);
  });

  test('with npm run -s only its errors are shown', () => {
    const ran = install('silent', { npm_config_loglevel: 'silent' });
    assert.deepEqual([ran.stdout, ran.stderr], ['', 'a warning\n']);
  });
});

describe('npm run service', () => {
  const service = (...args: string[]) =>
    spawnSync('npm', ['run', '-s', 'service', '--', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, NATS_URL: '', DATABASE_URL: '', REDIS_URL: '' },
      timeout: 25_000,
    });

  test('starts the service that is named', () => {
    const ran = service('imap-gateway');
    assert.deepEqual([ran.status, ran.stdout], [1, '']);
    assert.match(ran.stderr, /^cartero: imap-gateway runs on its own only with NATS_URL, [^\n]+\n$/);
  });

  test('one line names the services when there is none of that name', () => {
    for (const args of [[], ['nonsense'], ['../admin'], ['admin', 'imap-gateway']]) {
      const ran = service(...args);
      assert.deepEqual([ran.status, ran.stdout], [2, ''], args.join(' '));
      assert.match(ran.stderr, /^service: name one of [^\n]+\n$/);
      for (const name of SERVICES) assert.ok(ran.stderr.includes(name), name);
    }
  });
});
