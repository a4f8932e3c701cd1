import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const log = join(import.meta.dirname, '../../../shared/runtime/log.ts');

async function linesOf(program: string): Promise<Record<string, unknown>[]> {
  const source = `import { createLogger } from ${JSON.stringify(log)};\n${program}`;
  const run = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source]);
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test('one JSON line an event, with service, replica, level and time; errors with their causes', async () => {
  const [first, second] = await linesOf(`
    const log = createLogger({ logLevel: 'info', replicaName: 'r1' }, 'imap-gateway');
    log.debug('not at this level');
    log.info({ session: 's1' }, 'two\\nlines');
    log.error({ err: new Error('outer', { cause: new TypeError('inner') }) }, 'failed');
  `);
  assert.equal(first?.msg, 'two\nlines');
  assert.equal(first?.service, 'imap-gateway');
  assert.equal(first?.replica, 'r1');
  assert.equal(first?.level, 'info');
  assert.equal(first?.session, 's1');
  assert.ok(Number.isFinite(Date.parse(String(first?.time))));
  const { message, stack } = second!.err as { message: string; stack: string };
  assert.match(message, /outer/);
  assert.match(stack, /TypeError: inner/);
});

test('nothing is lost at process.exit', async () => {
  const lines = await linesOf(`
    const log = createLogger({ logLevel: 'info', replicaName: 'r1' }, 'test');
    for (let i = 0; i < 1000; i++) log.info({ i }, 'line');
    process.exit(0);
  `);
  assert.equal(lines.length, 1_000);
});
