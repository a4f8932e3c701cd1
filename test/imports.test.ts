/** Who may import whom (docs: the layers). A failure names the file, the import and the rule. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  /** A path from the root for our own files, a package or `node:` name otherwise. */
  readonly to: string;
  readonly typeOnly: boolean;
}

interface Source {
  readonly path: string;
  /** Without comments and the contents of strings. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g;
const IMPORTS =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?([^'"`;]*?\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/g;
const STRINGS = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{))*`/g;

function onlyTypes(keyword: string | undefined, names: string | undefined): boolean {
  if (keyword) return true;
  const braces = /\{([^}]*)\}/.exec(names ?? '');
  if (!braces || /^\s*\w/.test(names ?? '')) return false;
  return braces[1]!.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '));
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8').replace(COMMENTS, '');
  const imports = [...text.matchAll(IMPORTS)].map((match): Import => {
    const target = match[4] ?? match[5]!;
    const to = target.startsWith('.') ? relative(root, join(root, dirname(path), target)) : target;
    return { from: path, to, typeOnly: onlyTypes(match[2], match[3]) };
  });
  return { path, code: text.replace(STRINGS, "''"), imports };
}

const sources = globSync('{shared,services}/**/*.{ts,tsx}', { cwd: root }).map(read);
const under = (...folders: string[]) =>
  sources.filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));

const layer = (names: string) => names.split(' ').map((name) => `shared/${name}`);
const PURE = layer('message protocol sieve');
const PORTS = layer('bus database session net runtime');
const ROOMS = layer('actor mailbox spool account storage search');

const isIn = (path: string, folders: readonly string[]) =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const isOurs = (to: string) => to.startsWith('shared/') || to.startsWith('services/');
const isNode = (to: string) => to.startsWith('node:');
const packageOf = (to: string) =>
  to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');

function forbid(found: readonly Source[], allowed: (one: Import) => boolean): void {
  const wrong = found.flatMap(({ imports }) => imports.filter((one) => !allowed(one)));
  assert.deepEqual(wrong.map(({ from, to }) => `${from} → ${to}`).sort(), []);
}

/** What the outer layers know of the inner adapters. */
const CONTRACTS =
  /\/(port|types|operations|structure|schema|engine|subjects|service|config|log|metrics|tracing|raw-query)\.ts$/;

/** Each speaks to something outside the process; where it is replaced, one file changes. */
const DRIVERS = [
  '@electric-sql/pglite',
  '@nats-io/transport-node',
  '@opentelemetry/api',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/sdk-node',
  'acme-client',
  'dns-packet',
  'ioredis',
  'ipaddr.js',
  'jose',
  'pg',
  'pino',
  'prom-client',
  're2js',
  'selfsigned',
];

/** Pure, but each for one task in one place all the same. */
const CODECS = ['fast-xml-parser', 'htmlparser2', 'iconv-lite', 'yauzl'];

const ADAPTERS = [
  'shared/bus/in-process.ts',
  'shared/bus/nats.ts',
  'shared/database/pglite.ts',
  'shared/database/postgres.ts',
  'shared/session/memory.ts',
  'shared/session/redis.ts',
];

/** The outermost layer: it chooses the adapters. */
const isEntry = (path: string) =>
  /^services\/[^/]+\.ts$/.test(path) ||
  /^services\/[^/]+\/main\.ts$/.test(path) ||
  isIn(path, ['services/all-in-one']) ||
  path === 'services/admin/mailctl.ts';

describe('layers', () => {
  test('there is something to look at, and imports are seen', () => {
    assert.ok(sources.length > 40);
    assert.ok(under(...PURE).length > 5);
    const drive = sources.find(({ path }) => path === 'shared/net/drive.ts')!;
    const engine = drive.imports.find(({ to }) => to === 'shared/protocol/engine.ts');
    assert.equal(engine?.typeOnly, true);
    assert.equal(drive.imports.find(({ to }) => to === 'shared/net/output.ts')?.typeOnly, false);
    const tracing = sources.find(({ path }) => path === 'shared/runtime/tracing.ts')!;
    assert.ok(tracing.imports.some(({ to }) => to === '@opentelemetry/sdk-node'));
  });

  test('message and protocol are pure: they import each other alone', () => {
    forbid(under(...PURE), ({ to }) => isIn(to, PURE));
  });

  test('message and protocol have no clock, no chance, no environment and never wait', () => {
    const impure =
      /\bawait\b|\basync\b|\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b|\bMath\.random\b|\bcrypto\b|\bprocess\b|\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bfetch\(/;
    const wrong = under(...PURE).flatMap(({ path, code }) => {
      const found = impure.exec(code);
      return found ? [`${path}: ${found[0]}`] : [];
    });
    assert.deepEqual(wrong, []);
  });

  test('bus, database, session, net and runtime know each other, the pure layer, and of others the contracts', () => {
    forbid(
      under(...PORTS),
      ({ to, typeOnly }) =>
        !isOurs(to) || isIn(to, PORTS) || isIn(to, PURE) || (typeOnly && CONTRACTS.test(to)),
    );
  });

  test('actor, mailbox, spool, account, storage and search use contracts, never an adapter or a service', () => {
    forbid(under(...ROOMS), ({ to }) => {
      if (!isOurs(to)) return isNode(to) || !DRIVERS.includes(packageOf(to));
      return isIn(to, ROOMS) || isIn(to, PURE) || (isIn(to, PORTS) && CONTRACTS.test(to));
    });
  });

  test('no service imports another', () => {
    forbid(
      under('services').filter(({ path }) => !isEntry(path)),
      ({ from, to }) => !to.startsWith('services/') || to.split('/')[1] === from.split('/')[1],
    );
  });

  test('the web client is a program of its own: it knows nothing of the server, and the server nothing of it', () => {
    const client = 'services/webmail/client/src';
    forbid(under(client), ({ to }) =>
      isOurs(to) ? isIn(to, [client]) : ['preact', '@preact/signals', 'dompurify'].includes(packageOf(to)),
    );
    forbid(
      sources.filter(({ path }) => !isIn(path, ['services/webmail/client'])),
      ({ to }) => !isIn(to, ['services/webmail/client']),
    );
  });

  test('shared imports no service', () => {
    forbid(under('shared'), ({ to }) => !to.startsWith('services/'));
  });

  test('adapters are chosen in the entries alone', () => {
    forbid(
      sources.filter(({ path }) => !isEntry(path)),
      ({ to }) => !ADAPTERS.includes(to),
    );
  });
});

describe('drivers', () => {
  for (const driver of [...DRIVERS, ...CODECS]) {
    test(`${driver} is imported in at most one file`, () => {
      const files = sources.filter(({ imports }) => imports.some(({ to }) => packageOf(to) === driver));
      assert.ok(files.length <= 1, files.map(({ path }) => path).join(', '));
    });
  }

  test('sockets are opened and listened on in net alone, but for HTTP', () => {
    const wrong = sources.filter(
      ({ path, imports }) =>
        !path.startsWith('shared/net/') &&
        imports.some(({ to, typeOnly }) => !typeOnly && (to === 'node:tls' || to === 'node:dgram')),
    );
    assert.deepEqual(
      wrong.map(({ path }) => path),
      [],
    );
  });

  test('the environment is read by the settings alone; entries hand it over', () => {
    const wrong = sources.filter(({ path, code }) => !isEntry(path) && /\bprocess\.env\b/.test(code));
    assert.deepEqual(
      wrong.map(({ path }) => path),
      [],
    );
  });
});
