import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Actor, ActorOverloaded, MAX_WAITING_TURNS } from '../../../shared/actor/actor.ts';
import { PARTITIONS, partitionOf } from '../../../shared/actor/partition.ts';

test('turns run one at a time, in order, and a failing one fails only its caller', async () => {
  const actor = new Actor('a');
  const seen: string[] = [];
  const turn = (name: string, fail = false) =>
    actor.run(async () => {
      seen.push(`${name} starts`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
      if (fail) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([turn('1'), turn('2', true), turn('3')]);
  assert.deepEqual(seen, ['1 starts', '1 ends', '2 starts', '2 ends', '3 starts', '3 ends']);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  await actor.settled();
  assert.equal(actor.busy, false);
});

test('the turns that wait are bounded', async () => {
  const actor = new Actor('a');
  const turns = Array.from({ length: MAX_WAITING_TURNS }, () => actor.run(async () => 1));
  await assert.rejects(
    actor.run(async () => 1),
    ActorOverloaded,
  );
  await Promise.all(turns);
  assert.equal(await actor.run(async () => 2), 2);
});

test('keys spread over all partitions, the same in every release', () => {
  assert.deepEqual([partitionOf('1'), partitionOf('4711'), partitionOf('example.test')], [16, 5, 162]);
  const counts = new Array<number>(PARTITIONS).fill(0);
  for (let account = 1; account <= 256_000; account++) counts[partitionOf(String(account))]!++;
  assert.ok(
    Math.max(...counts) < 1_500 && Math.min(...counts) > 500,
    `${Math.min(...counts)} … ${Math.max(...counts)}`,
  );
});
