import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoneReached, reachFirst } from '../../../shared/net/happy-eyeballs.ts';

/** Addresses that answer, refuse or stay silent until they are given up. */
function network(kinds: Record<string, 'answers' | 'refuses' | 'silent'>) {
  const tried: string[] = [];
  const given: string[] = [];
  const open = (address: string, signal: AbortSignal): Promise<string> => {
    tried.push(address);
    if (kinds[address] === 'answers') return Promise.resolve(`socket to ${address}`);
    if (kinds[address] === 'refuses') return Promise.reject(new Error(`${address} refuses`));
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        given.push(address);
        reject(new Error('given up'));
      });
    });
  };
  return { tried, given, open };
}

test('happy eyeballs: the first that answers, and no other is called', async () => {
  const { tried, open } = network({ '::1': 'answers', '127.0.0.1': 'answers' });
  const reached = await reachFirst(['::1', '127.0.0.1'], open, 10_000);
  assert.deepEqual([reached.address, reached.value], ['::1', 'socket to ::1']);
  assert.deepEqual(tried, ['::1']);
});

test('happy eyeballs: one that refuses is followed by the next at once', async () => {
  const { tried, open } = network({ a: 'refuses', b: 'refuses', c: 'answers' });
  const reached = await reachFirst(['a', 'b', 'c'], open, 10_000);
  assert.equal(reached.address, 'c');
  assert.deepEqual([...reached.failures.keys()], ['a', 'b']);
  assert.deepEqual(tried, ['a', 'b', 'c']);
});

test('happy eyeballs: one that is silent is not waited for, and is given up', async () => {
  const { tried, given, open } = network({ a: 'silent', b: 'silent', c: 'answers' });
  const reached = await reachFirst(['a', 'b', 'c'], open, 5);
  assert.equal(reached.address, 'c');
  assert.deepEqual(tried, ['a', 'b', 'c']);
  assert.deepEqual(given, ['a', 'b']);
  assert.equal(reached.failures.size, 0);
});

test('happy eyeballs: nobody', async () => {
  const { open } = network({ a: 'refuses', b: 'refuses' });
  const error = await reachFirst(['a', 'b'], open, 5).catch((caught: unknown) => caught);
  assert.ok(error instanceof NoneReached);
  assert.equal(error.message, 'a refuses');
  assert.deepEqual([...error.failures.keys()], ['a', 'b']);
  await assert.rejects(reachFirst([], open, 5), NoneReached);
});
