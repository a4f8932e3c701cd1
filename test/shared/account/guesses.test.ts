import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Guesser, Guesses } from '../../../shared/account/guesses.ts';
import { Turns } from '../../../shared/account/turns.ts';
import { createMemorySessionStore } from '../../../shared/session/memory.ts';
import type { SessionStore } from '../../../shared/session/port.ts';

const LIMITS = { perAccount: 4, perNetwork: 30 };
const guesser = (name: string, network: string, known = false): Guesser => ({
  name,
  network,
  known: async () => known,
});

describe('guesses', () => {
  test('add up over replicas, for an account from one network and from all', async () => {
    const store = createMemorySessionStore();
    const [one, other] = [new Guesses(store, LIMITS), new Guesses(store, LIMITS)];
    const alice = guesser('alice', '192.0.2.1');
    const delays = [
      await one.wrong(alice),
      await other.wrong(alice),
      await one.wrong(alice),
      await other.wrong(alice),
    ];
    assert.deepEqual(delays, [0, 0, 0, 250]);
    assert.equal(await one.allowed(alice), false);
    assert.equal(await one.allowed(guesser('alice', '192.0.2.2')), true);
    assert.equal(await one.allowed(guesser('bob', '192.0.2.1')), true);
    for (let i = 0; i < 16; i += 1) await one.wrong(guesser('alice', `198.51.100.${i}`));
    assert.equal(await other.allowed(guesser('alice', '192.0.2.2')), false);
    await store.close();
  });

  test('whoever logged in from there before is not kept out by guesses from elsewhere', async () => {
    const guesses = new Guesses(createMemorySessionStore(), LIMITS);
    for (let i = 0; i < 40; i += 1) await guesses.wrong(guesser('alice', `198.51.100.${i}`));
    for (let i = 0; i < 40; i += 1) await guesses.wrong(guesser(`somebody${i}`, '192.0.2.1'));
    assert.equal(await guesses.allowed(guesser('alice', '192.0.2.1', true)), true);
    assert.equal(await guesses.allowed(guesser('alice', '192.0.2.1', false)), false);
    // Nor is a known network a licence to guess.
    for (let i = 0; i < 20; i += 1) await guesses.wrong(guesser('alice', '192.0.2.1'));
    assert.equal(await guesses.allowed(guesser('alice', '192.0.2.1', true)), false);
  });

  test('the answer is held back longer and longer, to a bound', async () => {
    const guesses = new Guesses(createMemorySessionStore(), LIMITS);
    const delays: number[] = [];
    for (let i = 0; i < 10; i += 1) delays.push(await guesses.wrong(guesser('alice', '192.0.2.1')));
    assert.deepEqual(delays, [0, 0, 0, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  test('tokens count for the network alone; a limit holds while the store is away', async () => {
    const away = { count: () => Promise.reject(new Error('away')) } as unknown as SessionStore;
    const guesses = new Guesses(away, { perAccount: 1_000, perNetwork: 5 });
    for (let i = 0; i < 5; i += 1) await guesses.wrong(guesser('', '192.0.2.1'));
    assert.equal(await guesses.allowed(guesser('', '192.0.2.1')), false);
    assert.equal(await guesses.allowed(guesser('', '192.0.2.2')), true);
  });
});

test('turns: so many at once, in order, and not too many waiting', async () => {
  const turns = new Turns(2, 1);
  const order: string[] = [];
  const [first, second] = [await turns.take('a'), await turns.take('a')];
  const third = turns.take('a').then((end) => {
    order.push('third');
    return end;
  });
  assert.equal(await turns.take('a'), undefined);
  const other = await turns.take('b');
  order.push('other');
  first!();
  (await third)!();
  second!();
  other!();
  assert.deepEqual(order, ['other', 'third']);
  assert.ok(await turns.take('a'));
});
