import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupCommit, GroupCommitFull } from '../../../shared/actor/group-commit.ts';

/** A commit that the test lets through by hand. */
function manual<Item>() {
  const batches: { items: readonly Item[]; done: (error?: Error) => void }[] = [];
  const commit = (items: readonly Item[]): Promise<readonly Item[]> =>
    new Promise((resolve, reject) => {
      batches.push({ items, done: (error) => (error === undefined ? resolve(items) : reject(error)) });
    });
  return { batches, commit };
}

const nextTick = () => new Promise((resolve) => setImmediate(resolve));
const defaults = { maxItems: 10, concurrency: 1, maxWaiting: 100 };

test('what comes while a commit is in flight leaves as one batch', async () => {
  const { batches, commit } = manual<number>();
  const group = new GroupCommit({ ...defaults, commit });
  const first = group.add(1);
  await nextTick();
  const rest = [2, 3, 4].map((item) => group.add(item));
  await nextTick();
  assert.equal(batches.length, 1);
  batches[0]!.done();
  assert.equal(await first, 1);
  while (batches.length < 2) await nextTick();
  assert.deepEqual(batches[1]!.items, [2, 3, 4]);
  batches[1]!.done();
  assert.deepEqual(await Promise.all(rest), [2, 3, 4]);
});

test('a batch ends at its item and weight limits, and an overweight item goes alone', async () => {
  const { batches, commit } = manual<number>();
  const group = new GroupCommit({
    ...defaults,
    commit,
    maxItems: 3,
    maxWeight: 10,
    weigh: (item) => item,
    concurrency: 9,
  });
  for (const item of [1, 1, 1, 1, 20, 6, 6]) void group.add(item);
  await nextTick();
  assert.deepEqual(
    batches.map((batch) => batch.items),
    [[1, 1, 1], [1], [20], [6], [6]],
  );
});

test('a failing item fails alone when the failure is its own', async () => {
  const commit = async (items: readonly number[]) => {
    if (items.includes(13)) throw new Error('unlucky');
    return items;
  };
  const group = new GroupCommit({ ...defaults, commit, isolate: () => true });
  const results = await Promise.allSettled([1, 13, 3].map((item) => group.add(item)));
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('a failure that is nobody’s own fails the batch once', async () => {
  let calls = 0;
  const commit = async (): Promise<number[]> => {
    calls++;
    throw new Error('away');
  };
  const group = new GroupCommit({ ...defaults, commit, isolate: () => false });
  const results = await Promise.allSettled([1, 2].map((item) => group.add(item)));
  assert.ok(results.every((result) => result.status === 'rejected'));
  assert.equal(calls, 1);
});

test('the queue is bounded', async () => {
  const { commit } = manual<number>();
  const group = new GroupCommit({ ...defaults, commit, maxWaiting: 2 });
  void group.add(1);
  void group.add(2);
  await assert.rejects(group.add(3), GroupCommitFull);
});

test('idle resolves once everything is committed', async () => {
  const { batches, commit } = manual<number>();
  const group = new GroupCommit({ ...defaults, commit });
  await group.idle();
  const added = group.add(1);
  let idle = false;
  const waiting = group.idle().then(() => {
    idle = true;
  });
  await nextTick();
  assert.equal(idle, false);
  batches[0]!.done();
  await added;
  await waiting;
});
