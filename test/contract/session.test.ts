import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createMemorySessionStore } from '../../shared/session/memory.ts';
import type { SessionRecord, SessionStore } from '../../shared/session/port.ts';
import { createRedisSessionStore } from '../../shared/session/redis.ts';
import { missing, redisUrl, uniquePrefix } from '../servers.ts';

const record = (sessionId: string, more: Partial<SessionRecord> = {}): SessionRecord => ({
  sessionId,
  protocol: 'imap',
  accountId: 'a1',
  address: 'alice@example.test',
  remote: '192.0.2.1:4711',
  gateway: 'imap-gateway-1',
  since: 1_700_000_000_000,
  ...more,
});

const ids = (records: readonly SessionRecord[]) => records.map(({ sessionId }) => sessionId).sort();

const MINUTE = 60_000;

/** Two stores that are one: two gateways. */
const adapters = [
  {
    name: 'memory',
    skip: false as const,
    open: async () => {
      const store = createMemorySessionStore();
      return [store, store] as const;
    },
  },
  {
    name: 'Redis',
    skip: missing('redis'),
    open: async () => {
      const prefix = `${uniquePrefix()}:`;
      const open = () => createRedisSessionStore({ url: redisUrl(), prefix });
      return [await open(), await open()] as const;
    },
  },
];

for (const { name, skip, open } of adapters) {
  describe(`session store contract: ${name}`, { skip, timeout: 60_000 }, () => {
    const on = (title: string, run: (near: SessionStore, far: SessionStore) => Promise<void>) =>
      test(title, async () => {
        const [near, far] = await open();
        try {
          assert.equal(near.connected, true);
          await run(near, far);
        } finally {
          await Promise.all([near.close(), far.close()]);
        }
      });

    on('a record is read back as it was written, by another gateway too', async (near, far) => {
      const full = record('s1', {
        selected: 'Entwürfe/2024',
        client: 'Thunderbird',
        state: { mailbox: 7, modseq: '12345678901234567890', flags: ['\\Seen'] },
      });
      await near.put(full, MINUTE);
      assert.deepEqual(await far.get('s1'), full);
      assert.equal(await far.get('unknown'), undefined);
    });

    on('what is read is a clone', async (near, far) => {
      const state = { list: [1] };
      await near.put(record('s1', { state }), MINUTE);
      state.list.push(2);
      assert.deepEqual((await far.get('s1'))?.state, { list: [1] });
    });

    on(
      'putting again replaces, remove removes; removing what is not there is no error',
      async (near, far) => {
        await near.put(record('s1'), MINUTE);
        await near.put(record('s1', { selected: 'INBOX' }), MINUTE);
        assert.equal((await far.get('s1'))?.selected, 'INBOX');
        assert.deepEqual(ids(await far.list({ limit: 10 })), ['s1']);
        await far.remove('s1');
        await far.remove('s1');
        assert.equal(await near.get('s1'), undefined);
        assert.deepEqual(await near.list({ limit: 10 }), []);
        assert.deepEqual(await near.list({ accountId: 'a1', limit: 10 }), []);
      },
    );

    on('list: by account, by protocol, both, all, at most the limit', async (near, far) => {
      await near.put(record('s1'), MINUTE);
      await near.put(record('s2', { protocol: 'pop3' }), MINUTE);
      await far.put(record('s3', { accountId: 'a2' }), MINUTE);
      assert.deepEqual(ids(await near.list({ limit: 10 })), ['s1', 's2', 's3']);
      assert.deepEqual(ids(await near.list({ accountId: 'a1', limit: 10 })), ['s1', 's2']);
      assert.deepEqual(ids(await near.list({ protocol: 'imap', limit: 10 })), ['s1', 's3']);
      assert.deepEqual(ids(await near.list({ accountId: 'a1', protocol: 'pop3', limit: 10 })), ['s2']);
      assert.deepEqual(await near.list({ accountId: 'a3', limit: 10 }), []);
      assert.equal((await near.list({ limit: 2 })).length, 2);
    });

    on(
      'list finds all of more records than one page, and the few of a rare protocol among them',
      async (near) => {
        await Promise.all(
          Array.from({ length: 1_200 }, (_, i) =>
            near.put(record(`s${i}`, { protocol: i % 600 === 599 ? 'pop3' : 'imap' }), MINUTE),
          ),
        );
        assert.equal((await near.list({ limit: 5_000 })).length, 1_200);
        assert.deepEqual(ids(await near.list({ protocol: 'pop3', limit: 10 })), ['s1199', 's599']);
      },
    );

    on('a record expires unless it is put again', async (near, far) => {
      await near.put(record('short'), 150);
      await near.put(record('renewed'), 150);
      await pause(80);
      await near.put(record('renewed'), MINUTE);
      await pause(150);
      assert.equal(await far.get('short'), undefined);
      assert.deepEqual(ids(await far.list({ limit: 10 })), ['renewed']);
      assert.deepEqual(ids(await far.list({ accountId: 'a1', limit: 10 })), ['renewed']);
    });

    on('a record above 64 KiB is refused', async (near) => {
      await assert.rejects(
        near.put(record('big', { state: { text: 'x'.repeat(70_000) } }), MINUTE),
        RangeError,
      );
    });

    on('acquire: a limit over all gateways; renewing takes no second place', async (near, far) => {
      assert.equal(await near.acquire('imap:a1', 'h1', 2, MINUTE), true);
      assert.equal(await far.acquire('imap:a1', 'h2', 2, MINUTE), true);
      assert.equal(await near.acquire('imap:a1', 'h3', 2, MINUTE), false);
      assert.equal(await near.acquire('imap:a1', 'h1', 2, MINUTE), true);
      assert.equal(await near.acquire('imap:a2', 'h3', 2, MINUTE), true);
      await far.release('imap:a1', 'h1');
      await far.release('imap:a1', 'never held');
      assert.equal(await near.acquire('imap:a1', 'h3', 2, MINUTE), true);
      assert.equal(await near.acquire('imap:a1', 'h1', 2, MINUTE), false);
    });

    on('acquire: of many at once exactly as many as there are places', async (near, far) => {
      const granted = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (i % 2 ? near : far).acquire('k', `h${i}`, 7, MINUTE)),
      );
      assert.equal(granted.filter(Boolean).length, 7);
    });

    on('a place that is not renewed becomes free by itself, the renewed one does not', async (near, far) => {
      await near.acquire('k', 'gone', 2, 150);
      await near.acquire('k', 'stays', 2, MINUTE);
      assert.equal(await far.acquire('k', 'next', 2, MINUTE), false);
      await pause(200);
      assert.equal(await far.acquire('k', 'next', 2, MINUTE), true);
      assert.equal(await far.acquire('k', 'more', 2, MINUTE), false);
    });

    on('count: counts in its window, each key its own, and begins anew after it', async (near, far) => {
      assert.equal(await near.count('login:192.0.2.1', 300), 1);
      assert.equal(await far.count('login:192.0.2.1', 300), 2);
      assert.equal(await near.count('login:192.0.2.1', 300, 5), 7);
      assert.equal(await near.count('login:192.0.2.2', 300), 1);
      assert.equal(await far.count('login:192.0.2.1', 300, 0), 7);
      // A look begins no window: the next count does, and lasts its whole time.
      assert.equal(await far.count('login:192.0.2.3', 1, 0), 0);
      assert.equal(await near.count('login:192.0.2.3', MINUTE), 1);
      await pause(350);
      assert.equal(await near.count('login:192.0.2.1', 300), 1);
      assert.equal(await near.count('login:192.0.2.3', MINUTE), 2);
    });
  });
}
