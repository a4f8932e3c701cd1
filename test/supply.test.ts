import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const file = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { packages } = JSON.parse(file('package-lock.json')) as { packages: Record<string, Locked> };
const locked = Object.entries(packages).filter(([path]) => path !== '');
const manifest = JSON.parse(file('package.json')) as Record<string, Record<string, string>>;

/** Licences that let anyone run and change what we ship. */
const FREE = [
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unlicense',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Python-2.0',
];
/** Of tools that are not shipped. */
const FOR_TOOLS = [...FREE, 'MPL-2.0', 'CC-BY-4.0'];
/** npm runs these; without them all works too (the image is built with --ignore-scripts). */
const WITH_SCRIPTS = ['node', 'protobufjs'];

const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** `A OR B` is free when one of them is, `A AND B` when all are. */
function isFree(expression: string, allowed: readonly string[]): boolean {
  const plain = expression.replace(/^\(|\)$/g, '');
  if (plain.includes(' OR ')) return plain.split(' OR ').some((one) => isFree(one, allowed));
  return plain.split(' AND ').every((one) => allowed.includes(one));
}

describe('what we depend on', () => {
  test('each package comes from the registry, by a hash', () => {
    assert.ok(locked.length > 100);
    for (const [path, { resolved, integrity }] of locked) {
      // An address is only written for what does not come from the registry.
      assert.equal(resolved, undefined, path);
      assert.match(integrity ?? '', /^sha512-/, path);
    }
  });

  test('each may be shipped', () => {
    for (const [path, { license, dev }] of locked)
      assert.ok(license !== undefined && isFree(license, dev ? FOR_TOOLS : FREE), `${path}: ${license}`);
  });

  test('ours are named by exact versions', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
  });

  test('no other package wants to run a script when it is installed', () => {
    const scripted = locked
      .filter(([, one]) => one.hasInstallScript && !one.dev)
      .map(([path]) => nameOf(path));
    assert.deepEqual([...new Set(scripted)].sort(), WITH_SCRIPTS);
  });

  test('the image does not run as root', () => {
    const dockerfile = file('Dockerfile');
    assert.ok(dockerfile.lastIndexOf('\nUSER node') > dockerfile.lastIndexOf('\nRUN '));
    assert.match(dockerfile, /npm ci [^\n]*--ignore-scripts/);
  });
});
