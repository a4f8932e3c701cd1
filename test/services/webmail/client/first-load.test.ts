import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../../../..');
const DIST = join(ROOT, 'services/webmail/client/dist');
const MAX_BYTES = 100 * 1024;

test('the first load of the client takes no more than 100 KB, compressed', () => {
  if (!existsSync(join(DIST, 'index.html'))) execFileSync('sh', [join(ROOT, 'scripts/build-client.sh')]);
  const page = readFileSync(join(DIST, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
  assert.ok(named.some((path) => path.endsWith('.js')));
  assert.ok(named.some((path) => path.endsWith('.css')));
  // What the scripts import at once is named by the page as well (modulepreload).
  for (const path of named.filter((one) => one.endsWith('.js'))) {
    const code = readFileSync(join(DIST, path), 'utf8');
    for (const [, imported] of code.matchAll(/(?:^|[;}])(?:import|export)\b[^"'()]*["']\.\/([^"']+)["']/g))
      assert.ok(named.includes(`/assets/${imported}`), `${path} imports ${imported}`);
  }
  const sizes = ['index.html', ...named].map((path) => gzipSync(readFileSync(join(DIST, path))).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= MAX_BYTES, `${total} bytes`);
  assert.doesNotMatch(
    page,
    /<script(?![^>]*\ssrc=)|<style|\son\w+=/,
    'nothing inline, which the policy forbids',
  );
});
