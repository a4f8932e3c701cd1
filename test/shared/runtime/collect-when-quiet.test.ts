import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectWhenQuiet } from '../../../shared/runtime/collect-when-quiet.ts';

test('what a burst left behind is collected once the process is quiet', async () => {
  const collected = new Set<string>();
  const registry = new FinalizationRegistry<string>((name) => collected.add(name));
  // More than is worth a pause, and nothing refers to it.
  for (let at = 0; at < 10; at += 1) {
    const garbage = Array.from({ length: 200_000 }, (_, index) => ({ index }));
    registry.register(garbage, `burst ${at}`);
  }
  const stop = collectWhenQuiet(100);
  for (let round = 0; collected.size < 9 && round < 100; round += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  stop();
  // The last one may still lie on the stack.
  assert.ok(collected.size >= 9);
});
