import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTokenCheck, readOrMakeToken } from '../../../services/admin/token.ts';

test('the token is made once, for its owner only, whoever comes first', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'cartero-token-'));
  t.after(() => rm(parent, { recursive: true }));
  const dataDir = join(parent, 'data');
  const tokens = await Promise.all(Array.from({ length: 8 }, () => readOrMakeToken({ dataDir })));
  assert.equal(new Set(tokens).size, 1);
  assert.match(tokens[0] ?? '', /^[\w-]{43}$/);
  assert.deepEqual(await readdir(dataDir), ['admin-token']);
  assert.equal((await stat(join(dataDir, 'admin-token'))).mode & 0o777, 0o600);
  assert.equal((await readFile(join(dataDir, 'admin-token'), 'utf8')).trim(), tokens[0]);
  assert.equal(await readOrMakeToken({ dataDir }), tokens[0]);
  await writeFile(join(dataDir, 'admin-token'), 'mine\n');
  assert.equal(await readOrMakeToken({ dataDir }), 'mine');
});

test('a given token needs no file', async () => {
  assert.equal(await readOrMakeToken({ adminToken: 'given', dataDir: '/nowhere/at/all' }), 'given');
});

test('the header is checked as a whole', () => {
  const check = createTokenCheck('secret');
  for (const good of ['Bearer secret', 'bearer  secret', 'BEARER secret '])
    assert.equal(check(good), true, good);
  for (const bad of [undefined, '', 'secret', 'Bearer', 'Bearer secret x', 'Basic secret', 'Bearer Secret']) {
    assert.equal(check(bad), false, String(bad));
  }
});
