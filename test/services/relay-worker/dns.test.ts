import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDns, DnsFailure } from '../../../services/relay-worker/dns.ts';
import { DnsCache } from '../../../services/relay-worker/dns-cache.ts';
import { startDnsServer, type Zone } from '../../dns-server.ts';

async function withDns(
  zone: Zone,
  work: (dns: ReturnType<typeof createDns>, questions: string[], clock: { now: number }) => Promise<void>,
) {
  await using server = await startDnsServer(zone);
  const clock = { now: 0 };
  const dns = createDns([server.address], () => clock.now);
  try {
    await work(dns, server.questions, clock);
  } finally {
    dns.stop();
  }
}

const kindOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof DnsFailure ? error.kind : String(error)),
  );

test('dns: MX, addresses of both families, aliases, what is not there', () =>
  withDns(
    {
      'a.example': {
        mx: [
          [10, 'mx.a.example'],
          [5, 'mx2.a.example'],
        ],
        a: ['192.0.2.1', '192.0.2.2'],
        aaaa: ['2001:db8::1'],
      },
      'b.example': { cname: 'a.example' },
      'null.example': { mx: [[0, '.']] },
      'six.example': { aaaa: ['2001:db8::2'] },
      'bare.example': {},
    },
    async (dns) => {
      const mx = (await dns.mx('a.example')).map((record) => `${record.priority} ${record.exchange}`);
      assert.deepEqual(mx.sort(), ['10 mx.a.example', '5 mx2.a.example']);
      assert.equal((await dns.mx('b.example')).length, 2);
      assert.deepEqual(
        (await dns.mx('null.example')).map((record) => record.exchange),
        [''],
      );
      assert.deepEqual(await dns.mx('bare.example'), []);
      assert.deepEqual([...(await dns.addresses('a.example'))].sort(), [
        '192.0.2.1',
        '192.0.2.2',
        '2001:db8::1',
      ]);
      assert.equal((await dns.addresses('a.example')).at(-1), '2001:db8::1');
      assert.deepEqual(await dns.addresses('six.example'), ['2001:db8::2']);
      assert.equal((await dns.addresses('b.example')).length, 3);
      assert.deepEqual(await dns.addresses('bare.example'), []);
      assert.deepEqual(await dns.addresses('192.0.2.9'), ['192.0.2.9']);
      assert.equal(await kindOf(dns.mx('gone.example')), 'no-such-name');
      assert.deepEqual(await dns.addresses('gone.example'), []);
    },
  ));

test('dns: a failing server is a temporary failure, and is asked again', () =>
  withDns({ 'ill.example': { servfail: true } }, async (dns, questions) => {
    assert.equal(await kindOf(dns.mx('ill.example')), 'temporary');
    const asked = questions.length;
    assert.equal(await kindOf(dns.mx('ill.example')), 'temporary');
    assert.ok(questions.length > asked);
    assert.equal(await kindOf(dns.addresses('ill.example')), 'temporary');
  }));

test('dns: nobody answers', async () => {
  const server = await startDnsServer();
  await server.stop();
  const dns = createDns([server.address]);
  assert.equal(await kindOf(dns.mx('a.example')), 'temporary');
  dns.stop();
});

test('dns: an answer holds for its time and is then asked for again', () =>
  withDns(
    { 'a.example': { a: ['192.0.2.1'], mx: [[1, 'a.example']], ttl: 30 } },
    async (dns, questions, clock) => {
      await Promise.all([dns.addresses('a.example'), dns.addresses('a.example')]);
      await dns.addresses('a.example');
      assert.deepEqual([...questions].sort(), ['A a.example', 'AAAA a.example'], 'asked once');
      clock.now = 29_999;
      await dns.addresses('a.example');
      assert.equal(questions.length, 2);
      clock.now = 30_001;
      await dns.addresses('a.example');
      assert.equal(questions.length, 4);
      await dns.mx('a.example');
      await dns.mx('a.example');
      assert.equal(questions.length, 5);
    },
  ));

test('dns cache: bounded, the longest unasked leaves first', async () => {
  const cache = new DnsCache<string>(() => 0, 2);
  const asked: string[] = [];
  const get = (name: string) =>
    cache.get(name, async () => {
      asked.push(name);
      return { value: name, ttlMs: 1_000 };
    });
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) assert.equal(await get(name), name);
  assert.equal(cache.size, 2);
  assert.deepEqual(asked, ['a', 'b', 'c', 'b']);
});
