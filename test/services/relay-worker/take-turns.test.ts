import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Concurrency, LEARNED_MS } from '../../../services/relay-worker/concurrency.ts';
import { takeTurns } from '../../../services/relay-worker/take-turns.ts';
import { entryOf } from './entry.ts';

const message = (emailId: string, reversePath: string, priority = 0) =>
  entryOf({ emailId, reversePath, priority });

test('turns: each sender in turn, priorities first, recipients of a message together', () => {
  const entries = [
    ...Array.from({ length: 5 }, (_, i) => message(`m${i}`, 'news@x')),
    message('a0', 'alice@x'),
    entryOf({ emailId: 'a0', reversePath: 'alice@x', recipientNo: 1 }),
    message('b0', 'bob@x'),
    message('b1', 'bob@x'),
    message('p0', 'news@x', 4),
  ];
  const turns = takeTurns(entries).map((some) => `${some[0]!.emailId} ${some.length}`);
  assert.deepEqual(turns, ['p0 1', 'm0 1', 'a0 2', 'b0 1', 'm1 1', 'b1 1', 'm2 1', 'm3 1', 'm4 1']);
  assert.deepEqual(takeTurns([]), []);
});

test('concurrency: one until it answers, then all; fewer for a time when they are too many', () => {
  let now = 0;
  const concurrency = new Concurrency(5, () => now);
  assert.equal(concurrency.limit, 1);
  assert.equal(concurrency.learned, false);
  concurrency.answered();
  assert.equal(concurrency.limit, 5);
  concurrency.tooMany(2);
  assert.deepEqual([concurrency.limit, concurrency.learned], [2, true]);
  concurrency.tooMany(4);
  assert.equal(concurrency.limit, 2, 'a smaller number holds');
  concurrency.tooMany(0);
  assert.equal(concurrency.limit, 1, 'never none');
  now = LEARNED_MS - 1;
  assert.equal(concurrency.limit, 1);
  now = LEARNED_MS;
  assert.equal(concurrency.limit, 2);
  now = LEARNED_MS + 60_000;
  assert.equal(concurrency.limit, 3);
  now = LEARNED_MS * 2;
  assert.deepEqual([concurrency.limit, concurrency.learned], [5, false]);
});
