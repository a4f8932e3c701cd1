import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { type Bus, BusError, type BusFailure, type Json } from '../../../shared/bus/port.ts';
import { createMailboxClient } from '../../../shared/mailbox/client.ts';
import { MailboxUnavailable } from '../../../shared/mailbox/operations.ts';

const REPLY = { mailboxes: [], modSeq: 1 };

/** A bus of which every request fails at once, as `failureAt` says for the milliseconds since the start. */
function busThatFails(failureAt: (ms: number) => BusFailure | undefined): {
  bus: Bus;
  elapsed: () => number;
} {
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  const bus = {
    onReconnect: () => {},
    request: async (subject: string): Promise<Json> => {
      const failure = failureAt(elapsed());
      if (failure !== undefined) throw new BusError(failure, subject);
      return REPLY;
    },
  } as unknown as Bus;
  return { bus, elapsed };
}

/** Resolves to what came of an ask, and after how long by a clock that runs as fast as it can. */
async function ask(
  failureAt: (ms: number) => BusFailure | undefined,
): Promise<{ reply: unknown; seconds: number }> {
  let now = 0;
  mock.timers.enable({ apis: ['setTimeout'] });
  const clock = mock.method(performance, 'now', () => now);
  try {
    const { bus, elapsed } = busThatFails(failureAt);
    let over = false;
    const asked = createMailboxClient(bus)
      .ask('list', { account: '1' })
      .catch((error: unknown) => error)
      .finally(() => {
        over = true;
      });
    while (!over) {
      now += 10;
      mock.timers.tick(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { reply: await asked, seconds: elapsed() / 1000 };
  } finally {
    clock.mock.restore();
    mock.timers.reset();
  }
}

test('an ask goes on through a take-over for 15 seconds', async () => {
  const { reply, seconds } = await ask(() => 'no-responders');
  assert.ok(reply instanceof MailboxUnavailable);
  assert.ok(seconds > 14 && seconds <= 15.1, `${seconds} s`);
});

test('an ask without a connection to the bus is given up after 3 seconds', async () => {
  const { reply, seconds } = await ask(() => 'disconnected');
  assert.ok(reply instanceof MailboxUnavailable);
  assert.ok(seconds > 2 && seconds <= 3.1, `${seconds} s`);
});

test('a connection that comes back in time is no reason to give up, nor is one that was lost during a take-over', async () => {
  assert.deepEqual((await ask((ms) => (ms < 2_000 ? 'disconnected' : undefined))).reply, REPLY);
  const { reply } = await ask((ms) =>
    ms < 5_000 ? 'no-responders' : ms < 7_000 ? 'disconnected' : ms < 12_000 ? 'no-responders' : undefined,
  );
  assert.deepEqual(reply, REPLY);
});
