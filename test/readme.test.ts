import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { runMailctl } from '../services/admin/program.ts';
import { migrateOn, pendingOn } from '../shared/database/postgres.ts';
import { SETTINGS } from '../shared/runtime/config.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const README = read('README.md');

describe('README.md', () => {
  test('its settings table is that of the program', () => {
    const expected = SETTINGS.map(
      ({ name, default: value, doc }) =>
        `| \`${name}\` | ${value === '' ? 'unset' : `\`${value}\``} | ${doc} |`,
    );
    const shown = README.split('\n').filter((line) => /^\| `[A-Z][A-Z0-9_]*` \| /.test(line));
    assert.deepEqual(shown, expected, `the table should be:\n${expected.join('\n')}\n`);
  });

  test('each setting it speaks of is one', () => {
    const names = new Set(SETTINGS.map(({ name }) => name));
    // Of mailctl, not of a service.
    names.add('ADMIN_URL');
    // Of Node.
    names.add('NODE_EXTRA_CA_CERTS');
    const spoken = [...README.matchAll(/(?<![A-Za-z-])([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b/g)].map(
      ([, name]) => name ?? '',
    );
    assert.ok(spoken.length > SETTINGS.length);
    assert.deepEqual(
      spoken.filter((name) => !names.has(name)),
      [],
    );
  });

  test('each npm command is one', () => {
    const scripts = JSON.parse(read('package.json')).scripts;
    const commands = [
      ...`${README}\n${read('CONTRIBUTING.md')}`.matchAll(/npm (?:run )?(?:-s )?([a-z][a-z:-]*)/g),
    ];
    assert.ok(commands.length > 3);
    for (const [text, name] of commands) {
      if (name !== 'ci') assert.ok(name && Object.hasOwn(scripts, name), text);
    }
  });

  test('each mailctl line is understood', async () => {
    const lines = [...README.matchAll(/^mailctl ([^#\n]+)/gm)].map(([, line]) => line?.trim() ?? '');
    assert.ok(lines.length > 15);
    for (const line of lines) {
      const heard: string[] = [];
      const terminal = {
        stdin: new PassThrough(),
        out: (text: string) => void heard.push(text),
        err: (text: string) => void heard.push(text),
      };
      // --help after a known command and known options: exit status 2 only when one is unknown.
      const status = await runMailctl([...line.split(/\s+/), '--help'], terminal, { pendingOn, migrateOn });
      assert.equal(status, 0, `${line}: ${heard.join('')}`);
      const words = line.split(/\s+/);
      const [group, command] = words;
      const usage = heard.join('').split('\n', 1)[0] ?? '';
      const known = command !== undefined && usage.startsWith(`Usage: mailctl ${group} ${command}`);
      assert.ok(known || usage.startsWith(`Usage: mailctl ${group}`), `${line}: ${usage}`);
      for (const option of words.filter((word) => word.startsWith('--'))) {
        assert.ok(heard.join('').includes(option), `${line}: ${option}`);
      }
    }
  });

  test('each file it names is there', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
    for (const page of pages) {
      const text = read(page);
      const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path ?? '');
      const paths = [...text.matchAll(/`((?:services|shared|test|docs|scripts|deploy)\/[\w./-]+)`/g)].map(
        ([, path]) => path ?? '',
      );
      for (const path of [...links, ...paths]) assert.ok(existsSync(join(ROOT, path)), `${page}: ${path}`);
    }
  });

  test('each service it names has an entry', () => {
    const services = [...README.matchAll(/^\| `([a-z0-9-]+)` \| /gm)].map(([, name]) => name ?? '');
    assert.ok(services.length >= 7);
    for (const name of services) assert.ok(existsSync(join(ROOT, 'services', name, 'main.ts')), name);
  });
});
