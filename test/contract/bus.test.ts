import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createInProcessBus } from '../../shared/bus/in-process.ts';
import { createNatsBus } from '../../shared/bus/nats.ts';
import { type Bus, BusError, type BusFailure, type Json, MAX_PAYLOAD_BYTES } from '../../shared/bus/port.ts';
import { missing, natsUrl, uniquePrefix } from '../servers.ts';

interface Ground {
  /** Two connections to one bus; of the in-process bus there is but one. */
  readonly near: Bus;
  readonly far: Bus;
  readonly handlerErrors: string[];
  close(): Promise<void>;
}

function inProcess(): Ground {
  const handlerErrors: string[] = [];
  const bus = createInProcessBus({ onHandlerError: (error) => handlerErrors.push(String(error)) });
  return { near: bus, far: bus, handlerErrors, close: () => bus.close() };
}

async function nats(): Promise<Ground> {
  const handlerErrors: string[] = [];
  const prefix = `${uniquePrefix()}.`;
  const open = (name: string) =>
    createNatsBus({
      url: natsUrl(),
      name,
      prefix,
      startTimeoutMs: 5_000,
      onHandlerError: (e) => handlerErrors.push(String(e)),
    });
  const [near, far] = await Promise.all([open('contract near'), open('contract far')]);
  return {
    near,
    far,
    handlerErrors,
    close: async () => void (await Promise.all([near.close(), far.close()])),
  };
}

const failsWith = (failure: BusFailure) => (error: unknown) => {
  assert.ok(error instanceof BusError, String(error));
  assert.equal(error.failure, failure);
  return true;
};

/** Waits for what an event should bring about; the test runner's time-out ends a wait in vain. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(2);
}

const ask = { timeoutMs: 5_000 };

const adapters = [
  { name: 'in-process', skip: false as const, open: async () => inProcess() },
  { name: 'NATS', skip: missing('nats'), open: nats },
];

for (const { name, skip, open } of adapters) {
  describe(`bus contract: ${name}`, { skip, timeout: 60_000 }, () => {
    const on = (title: string, run: (ground: Ground) => Promise<void>) =>
      test(title, async () => {
        const ground = await open();
        try {
          await run(ground);
        } finally {
          await ground.close();
        }
      });

    on('a request gets its reply; payloads are JSON values of every kind', async ({ near, far }) => {
      await far.subscribe('echo', ({ payload }) => payload);
      const values: Json[] = [
        null,
        true,
        0,
        -1.5,
        '',
        'é\u0000\r\n✉',
        [],
        [1, [2]],
        {},
        { a: { b: [null, 'c'] } },
      ];
      for (const value of values) assert.deepEqual(await near.request('echo', value, ask), value);
      assert.deepEqual(await near.request('echo', { kept: 1, dropped: undefined }, ask), { kept: 1 });
    });

    on('a handler that returns nothing replies null', async ({ near, far }) => {
      await far.subscribe('quiet', () => undefined);
      assert.equal(await near.request('quiet', 1, ask), null);
    });

    on('what is handed over is a clone, both ways', async ({ near, far }) => {
      const kept: { list: number[] }[] = [];
      const answer = { list: [1] };
      await far.subscribe('clone', ({ payload }) => {
        kept.push(payload as { list: number[] });
        return answer;
      });
      const sent = { list: [7] };
      const first = near.request('clone', sent, ask);
      sent.list.push(8);
      const got = (await first) as { list: number[] };
      assert.deepEqual(kept[0], { list: [7] });
      got.list.push(2);
      kept[0]!.list.push(9);
      assert.deepEqual(answer, { list: [1] });
      assert.deepEqual(sent, { list: [7, 8] });
    });

    on('two subscribers of one delivery get a clone each', async ({ near, far }) => {
      const got: { n: number }[] = [];
      const handler = ({ payload }: { payload: Json }) => {
        got.push(payload as { n: number });
        return undefined;
      };
      await far.subscribe('twice', handler);
      await near.subscribe('twice', handler);
      near.publish('twice', { n: 1 });
      await until(() => got.length === 2);
      got[0]!.n = 2;
      assert.equal(got[1]!.n, 1);
    });

    on('delivery is asynchronous: publish and request return before a handler runs', async ({ near }) => {
      const order: string[] = [];
      await near.subscribe('later', () => {
        order.push('handled');
        return null;
      });
      near.publish('later', null);
      order.push('published');
      const asked = near.request('later', null, ask);
      order.push('asked');
      await Promise.resolve();
      order.push('a microtask later');
      await asked;
      assert.deepEqual(order, ['published', 'asked', 'a microtask later', 'handled', 'handled']);
    });

    on('from one sender to one subscriber the order is kept', async ({ near, far }) => {
      const got: Json[] = [];
      await far.subscribe('order.*', ({ payload }) => void got.push(payload) as undefined);
      for (let i = 0; i < 200; i++) near.publish(`order.${i % 3}`, i);
      await until(() => got.length === 200);
      assert.deepEqual(
        got,
        Array.from({ length: 200 }, (_, i) => i),
      );
    });

    on('a slow handler holds up neither the next delivery nor another subject', async ({ near, far }) => {
      const slow = Promise.withResolvers<Json>();
      await far.subscribe('slow', ({ payload }) => (payload === 'wait' ? slow.promise : payload));
      const waiting = near.request('slow', 'wait', ask);
      assert.equal(await near.request('slow', 'quick', ask), 'quick');
      slow.resolve('done');
      assert.equal(await waiting, 'done');
    });

    on('headers travel, with lower-case names; without them there are none', async ({ near, far }) => {
      await far.subscribe('headers', ({ headers }) => ({ ...headers }));
      const headers = {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'x-other': 'b c',
      };
      assert.deepEqual(await near.request('headers', 1, { ...ask, headers }), headers);
      assert.deepEqual(await near.request('headers', 1, ask), {});
      const seen: unknown[] = [];
      await far.subscribe('headers.published', (delivery) => void seen.push(delivery.headers) as undefined);
      near.publish('headers.published', null, headers);
      await until(() => seen.length === 1);
      assert.deepEqual({ ...(seen[0] as object) }, headers);
    });

    on('of a queue group one subscriber gets each delivery, and all get some', async ({ near, far }) => {
      const counts = [0, 0, 0];
      for (const i of counts.keys()) {
        await (i === 0 ? near : far).subscribe('work', () => void counts[i]!++ as undefined, {
          queue: 'workers',
        });
      }
      let watched = 0;
      await far.subscribe('work', () => void watched++ as undefined);
      for (let i = 0; i < 300; i++) near.publish('work', i);
      await until(() => watched === 300 && counts.reduce((sum, n) => sum + n) >= 300);
      await pause(20);
      assert.equal(
        counts.reduce((sum, n) => sum + n),
        300,
      );
      assert.ok(
        counts.every((n) => n > 0),
        String(counts),
      );
    });

    on('two queue groups each get every delivery', async ({ near, far }) => {
      const counts = { a: 0, b: 0 };
      await far.subscribe('both', () => void counts.a++ as undefined, { queue: 'a' });
      await far.subscribe('both', () => void counts.b++ as undefined, { queue: 'b' });
      for (let i = 0; i < 10; i++) near.publish('both', i);
      await until(() => counts.a === 10 && counts.b === 10);
    });

    on('a request to a queue group is answered by one of it', async ({ near, far }) => {
      let handled = 0;
      for (let i = 0; i < 3; i++) await far.subscribe('one', () => ++handled, { queue: 'group' });
      for (let i = 1; i <= 10; i++) assert.equal(await near.request('one', null, ask), i);
      assert.equal(handled, 10);
    });

    on('wildcards: * is one token, > is one or more, and the subject is told', async ({ near, far }) => {
      const got: string[] = [];
      const note = (mark: string) => (delivery: { subject: string }) =>
        void got.push(`${mark} ${delivery.subject}`) as undefined;
      await far.subscribe('w.*.c', note('w.*.c'));
      await far.subscribe('w.>', note('w.>'));
      await far.subscribe('w.a.c', note('w.a.c'));
      for (const subject of ['w', 'w.a', 'w.a.c', 'w.a.b.c', 'x.a.c', 'w.b.c']) near.publish(subject, null);
      await until(() => got.length >= 7);
      await pause(20);
      assert.deepEqual(
        got.sort(),
        [
          'w.*.c w.a.c',
          'w.*.c w.b.c',
          'w.> w.a',
          'w.> w.a.b.c',
          'w.> w.a.c',
          'w.> w.b.c',
          'w.a.c w.a.c',
        ].sort(),
      );
    });

    on('no responders: told at once', async ({ near }) => {
      const began = performance.now();
      await assert.rejects(
        near.request('nobody.there', 1, { timeoutMs: 30_000 }),
        failsWith('no-responders'),
      );
      assert.ok(performance.now() - began < 10_000);
      near.publish('nobody.there', 1);
    });

    on('a handler that does not answer: timeout, and its late reply is ignored', async ({ near, far }) => {
      const late = Promise.withResolvers<Json>();
      await far.subscribe('late', () => late.promise);
      await assert.rejects(near.request('late', 1, { timeoutMs: 50 }), failsWith('timeout'));
      late.resolve('too late');
      await pause(20);
    });

    on(
      'a handler that throws: handler-failed, its own side hears the error',
      async ({ near, far, handlerErrors }) => {
        await far.subscribe('broken', () => {
          throw new TypeError('the cause');
        });
        await far.subscribe('rejects', () => Promise.reject(new Error('another')));
        await assert.rejects(near.request('broken', 1, ask), (error: BusError) => {
          failsWith('handler-failed')(error);
          assert.match(String(error.cause), /the cause/);
          assert.ok(!(error.cause instanceof TypeError), 'the error itself does not travel');
          return true;
        });
        await assert.rejects(near.request('rejects', 1, ask), failsWith('handler-failed'));
        near.publish('broken', 1);
        await until(() => handlerErrors.length === 3);
      },
    );

    on(
      'payloads up to the limit pass, larger ones are refused: request, publish and reply',
      async ({ near, far }) => {
        let published = 0;
        await far.subscribe('size', ({ payload }) => (payload as string).length);
        await far.subscribe('size.reply', ({ payload }) => 'x'.repeat(payload as number));
        await far.subscribe('size.published', () => void published++ as undefined);
        const most = 'x'.repeat(MAX_PAYLOAD_BYTES - 2);
        assert.equal(await near.request('size', most, ask), most.length);
        assert.equal(((await near.request('size.reply', most.length, ask)) as string).length, most.length);
        near.publish('size.published', most);
        await until(() => published === 1);
        await assert.rejects(near.request('size', `${most}x`, ask), failsWith('payload-too-large'));
        const é = 'é'.repeat(MAX_PAYLOAD_BYTES / 2);
        await assert.rejects(near.request('size', é, ask), failsWith('payload-too-large'));
        await assert.rejects(
          near.request('size', most, { ...ask, headers: { a: 'b' } }),
          failsWith('payload-too-large'),
        );
        await assert.rejects(
          near.request('size.reply', MAX_PAYLOAD_BYTES, ask),
          failsWith('payload-too-large'),
        );
        assert.throws(() => near.publish('size.published', `${most}x`), failsWith('payload-too-large'));
        assert.equal(await near.request('size', 'still connected', ask), 15);
      },
    );

    on('many requests in flight are each answered with their own reply', async ({ near, far }) => {
      await far.subscribe('many', async ({ payload }) => {
        if ((payload as number) % 7 === 0) await pause(5);
        return (payload as number) * 2;
      });
      const answers = await Promise.all(
        Array.from({ length: 2_000 }, (_, i) => near.request('many', i, ask)),
      );
      assert.deepEqual(
        answers,
        Array.from({ length: 2_000 }, (_, i) => i * 2),
      );
    });

    on('unsubscribe waits for the handlers under way and stops the rest', async ({ near, far }) => {
      const slow = Promise.withResolvers<void>();
      let handled = 0;
      let settled = false;
      const subscription = await far.subscribe('stop', async () => {
        await slow.promise;
        return ++handled;
      });
      const asked = near.request('stop', null, ask);
      await pause(20);
      const stopped = subscription.unsubscribe().then(() => {
        settled = true;
      });
      await pause(20);
      assert.equal(settled, false);
      slow.resolve();
      await stopped;
      assert.equal(handled, 1);
      assert.equal(await asked, 1);
      await assert.rejects(near.request('stop', null, ask), failsWith('no-responders'));
      await subscription.unsubscribe();
    });

    on(
      'close lets handlers finish and reply, then fails what waits; afterwards nothing throws but requests',
      async (ground) => {
        const { near, far } = ground;
        await far.subscribe('finish', async () => {
          await pause(50);
          return 'finished';
        });
        const asked = near.request('finish', null, ask);
        await pause(20);
        const closed = far.close();
        assert.equal(await asked, 'finished');
        await closed;
        await far.close();
        assert.equal(far.connected, false);
        far.publish('finish', 1);
        await assert.rejects(far.request('finish', 1, ask), failsWith('disconnected'));
        await assert.rejects(
          far.subscribe('finish', () => null),
          failsWith('disconnected'),
        );
      },
    );

    on('connected is true while it is', async ({ near, far }) => {
      assert.equal(near.connected, true);
      assert.equal(far.connected, true);
    });
  });
}
