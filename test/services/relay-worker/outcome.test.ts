import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permanent, temporary } from '../../../services/relay-worker/condition.ts';
import { outcomeOf } from '../../../services/relay-worker/outcome.ts';
import { refused, type Verdict } from '../../../services/relay-worker/verdict.ts';
import { entryOf } from './entry.ts';

const OPTIONS = { retryScheduleMs: [1_000, 5_000, 20_000], spoolLifetimeMs: 100_000 };
const LATER = refused(temporary('4.2.1', '450 4.2.1 later', 'mx[192.0.2.1]'));

const outcome = (verdict: Verdict, attempts: number, now: number, lot = 0) =>
  outcomeOf(entryOf({ attempts }), verdict, now, lot, OPTIONS);

test('outcome: delivered and refused for good', () => {
  const delivered = outcome({ kind: 'delivered', reply: '250 ok', remote: 'mx', relayed: true }, 0, 0);
  assert.equal(delivered.kind, 'delivered');
  const failed = outcome(refused(permanent('5.1.1', '550 no')), 0, 0);
  assert.ok(failed.kind === 'failed' && failed.status === '5.1.1');
});

test('outcome: the schedule, the last pause repeated, stretched by up to a fifth', () => {
  for (const [attempts, lot, pause] of [
    [0, 0, 1_000],
    [1, 0, 5_000],
    [2, 0, 20_000],
    [9, 0, 20_000],
    [0, 0.5, 1_100],
    [2, 0.999999, 24_000],
  ] as const) {
    const made = outcome(LATER, attempts, 50_000, lot);
    assert.ok(made.kind === 'retry');
    assert.equal(made.at, 50_000 + pause);
    assert.equal(made.status, '4.2.1');
  }
});

test('outcome: the last attempt falls on the end of the lifetime, and there it ends', () => {
  const last = outcome(LATER, 5, 99_000);
  assert.ok(last.kind === 'retry');
  assert.equal(last.at, 100_000);
  const over = outcome(LATER, 6, 100_000);
  assert.ok(over.kind === 'failed');
  assert.equal(over.status, '4.4.7');
  assert.equal(over.reply, '450 4.2.1 later');
});
