import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Housekeeping } from '../../../services/mailbox-store/housekeeping/housekeeping.ts';
import type { Job, Round } from '../../../services/mailbox-store/housekeeping/job.ts';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';

const NOTHING: Round = { items: 0, more: false };

describe('rounds of housekeeping', () => {
  let opened: TestPorts;
  before(async () => {
    opened = await openTestPorts('pglite');
  });
  after(() => opened.close());

  const metrics = createMetrics();
  function housekeeping(
    jobs: readonly Job[],
    mine: () => boolean = () => true,
    fenceLost = () => {},
  ): Housekeeping {
    const { database, log } = opened.ports;
    const fence = () => ({ replicaId: 'r' });
    return new Housekeeping({ database, log, metrics, fence, mine, fenceLost, jobs, lookMs: 1 });
  }

  test('a job that has more goes on at once, one that has not waits its time', async () => {
    let busy = 0;
    let idle = 0;
    const done = Promise.withResolvers<void>();
    const running = housekeeping([
      {
        name: 'busy',
        everyMs: 3_600_000,
        round: async () => {
          if (++busy === 5) setTimeout(done.resolve, 20);
          return { items: 2, bytes: 10, more: busy < 5 };
        },
      },
      {
        name: 'idle',
        everyMs: 3_600_000,
        round: async () => {
          idle++;
          return NOTHING;
        },
      },
    ]);
    running.start();
    await done.promise;
    await running.stop();
    assert.deepEqual([busy, idle], [5, 1]);
    const text = await metrics.text();
    assert.match(text, /cartero_housekeeping_items_total\{job="busy"\} 10/);
    assert.match(text, /cartero_messages_collected_bytes_total 50/);
  });

  test('a job that fails is tried again and holds up nobody; a lost fence is told', async () => {
    let tries = 0;
    let fences = 0;
    const done = Promise.withResolvers<void>();
    const running = housekeeping(
      [
        {
          name: 'failing',
          everyMs: 3_600_000,
          round: async () => {
            if (++tries === 1) throw new Error('once');
            return NOTHING;
          },
        },
        {
          name: 'fenced',
          everyMs: 3_600_000,
          round: async () => {
            if (tries > 1) done.resolve();
            throw new FenceLost('r');
          },
        },
      ],
      () => true,
      () => fences++,
    );
    running.start();
    await done.promise;
    await running.stop();
    assert.equal(tries, 2);
    assert.ok(fences >= 2);
    assert.match(await metrics.text(), /cartero_housekeeping_failures_total\{job="failing"\} 1/);
  });

  test('only where the partition is held, also between two jobs', async () => {
    let held = false;
    const rounds: string[] = [];
    const done = Promise.withResolvers<void>();
    let looks = 0;
    const running = housekeeping(
      ['one', 'two'].map((name) => ({
        name,
        everyMs: 0,
        round: async () => {
          rounds.push(name);
          held = false;
          return NOTHING;
        },
      })),
      () => {
        if (++looks === 10) {
          assert.deepEqual(rounds, []);
          held = true;
        }
        if (looks === 30) done.resolve();
        return held;
      },
    );
    running.start();
    await done.promise;
    await running.stop();
    assert.deepEqual(rounds, ['one']);
  });

  test('stop waits for the round under way', async () => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<Round>();
    let ended = false;
    const running = housekeeping([
      {
        name: 'slow',
        everyMs: 0,
        round: async () => {
          begun.resolve();
          const round = await gate.promise;
          ended = true;
          return round;
        },
      },
    ]);
    running.start();
    await begun.promise;
    const stopped = running.stop().then(() => ended);
    setImmediate(() => gate.resolve(NOTHING));
    assert.equal(await stopped, true);
  });
});
