import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchedLookup } from '../../../shared/account/batched-lookup.ts';
import { BoundedCache } from '../../../shared/account/bounded-cache.ts';

function lookup(options: { maxKeys?: number; maxEntries?: number } = {}) {
  const asked: string[][] = [];
  const clock = { now: 0 };
  let failure: Error | undefined;
  let during = () => {};
  const subject = new BatchedLookup<string>({
    load: async (keys) => {
      asked.push(keys);
      during();
      if (failure) throw failure;
      return new Map(keys.filter((key) => !key.startsWith('no')).map((key) => [key, key.toUpperCase()]));
    },
    ttlMs: 100,
    absentTtlMs: 10,
    maxEntries: options.maxEntries ?? 100,
    maxKeys: options.maxKeys ?? 100,
    now: () => clock.now,
  });
  return {
    subject,
    asked,
    clock,
    fail: (error: Error | undefined) => {
      failure = error;
    },
    meanwhile: (work: () => void) => {
      during = work;
    },
  };
}

test('what is asked in one tick is one query, each key once', async () => {
  const { subject, asked } = lookup();
  assert.deepEqual(await Promise.all(['a', 'b', 'a', 'no'].map((key) => subject.get(key))), [
    'A',
    'B',
    'A',
    undefined,
  ]);
  assert.deepEqual(asked, [['a', 'b', 'no']]);
});

test('more keys than a query takes are more queries', async () => {
  const { subject, asked } = lookup({ maxKeys: 2 });
  await Promise.all(['a', 'b', 'c'].map((key) => subject.get(key)));
  assert.deepEqual(asked, [['a', 'b'], ['c']]);
});

test('answers live for their time, absence for a shorter one', async () => {
  const { subject, asked, clock } = lookup();
  await Promise.all([subject.get('a'), subject.get('no')]);
  clock.now = 9;
  await Promise.all([subject.get('a'), subject.get('no')]);
  assert.equal(asked.length, 1);
  clock.now = 10;
  await Promise.all([subject.get('a'), subject.get('no')]);
  assert.deepEqual(asked[1], ['no']);
  clock.now = 100;
  await subject.get('a');
  assert.deepEqual(asked[2], ['a']);
});

test('a failure reaches all who asked and is not remembered', async () => {
  const { subject, fail } = lookup();
  fail(new Error('away'));
  const outcomes = await Promise.allSettled([subject.get('a'), subject.get('b'), subject.get('a')]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  fail(undefined);
  assert.equal(await subject.get('a'), 'A');
});

test('what was forgotten is asked again, and an answer under way is not remembered', async () => {
  const { subject, asked, meanwhile } = lookup();
  await subject.get('a');
  subject.forget();
  meanwhile(() => subject.forget());
  assert.equal(await subject.get('a'), 'A');
  meanwhile(() => {});
  assert.equal(await subject.get('a'), 'A');
  assert.deepEqual(asked, [['a'], ['a'], ['a']]);
});

test('the cache keeps what was used last', () => {
  const cache = new BoundedCache<number>(2, () => 0);
  cache.set('a', 1, 10);
  cache.set('b', 2, 10);
  cache.get('a');
  cache.set('c', 3, 10);
  assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c'), cache.size], [1, undefined, 3, 2]);
});

test('replacing an entry of a full cache pushes nothing out', () => {
  const cache = new BoundedCache<number>(2, () => 0);
  cache.set('a', 1, 10);
  cache.set('b', 2, 10);
  cache.set('b', 3, 10);
  assert.deepEqual([cache.get('a'), cache.get('b')], [1, 3]);
});
