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
  await work(
    createDns([server.address], () => clock.now),
    server.questions,
    clock,
  );
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
      const mx = (await dns.mx('a.example')).records.map((record) => `${record.priority} ${record.exchange}`);
      assert.deepEqual(mx.sort(), ['10 mx.a.example', '5 mx2.a.example']);
      assert.equal((await dns.mx('b.example')).records.length, 2);
      assert.deepEqual(
        (await dns.mx('null.example')).records.map((record) => record.exchange),
        [''],
      );
      assert.deepEqual((await dns.mx('bare.example')).records, []);
      const addresses = async (name: string) => (await dns.addresses(name)).addresses;
      assert.deepEqual(await addresses('a.example'), ['2001:db8::1', '192.0.2.1', '192.0.2.2']);
      assert.deepEqual(await addresses('six.example'), ['2001:db8::2']);
      assert.equal((await addresses('b.example')).length, 3);
      assert.equal((await dns.addresses('b.example')).canonicalName, 'a.example');
      assert.deepEqual(await addresses('bare.example'), []);
      assert.deepEqual(await addresses('192.0.2.9'), ['192.0.2.9']);
      assert.equal(await kindOf(dns.mx('gone.example')), 'no-such-name');
      assert.deepEqual(await addresses('gone.example'), []);
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
});

test('dns: an answer holds for its time and is then asked for again, and so does that there is none', () =>
  withDns(
    { 'a.example': { a: ['192.0.2.1'], mx: [[1, 'a.example']], ttl: 30, negativeTtl: 90 } },
    async (dns, questions, clock) => {
      await Promise.all([dns.addresses('a.example'), dns.addresses('A.example')]);
      await dns.addresses('a.example');
      assert.deepEqual([...questions].sort(), ['A a.example', 'AAAA a.example'], 'asked once');
      clock.now = 29_999;
      await dns.addresses('a.example');
      assert.equal(questions.length, 2);
      clock.now = 30_001;
      await dns.addresses('a.example');
      assert.deepEqual(questions.slice(2), ['A a.example']);
      clock.now = 90_001;
      await dns.addresses('a.example');
      assert.deepEqual(questions.slice(3).sort(), ['A a.example', 'AAAA a.example']);
      await dns.mx('a.example');
      clock.now += 29_000;
      await dns.mx('a.example');
      assert.equal(questions.length, 6);
      clock.now += 2_000;
      await dns.mx('a.example');
      assert.equal(questions.length, 7);
    },
  ));

test('dns: bounds of what is believed: never less than a second, absence no longer than five minutes, others an hour', () =>
  withDns(
    {
      'short.example': { mx: [[1, 'a']], ttl: 0 },
      'long.example': { mx: [[1, 'a']], ttl: 1_000_000 },
      'none.example': { negativeTtl: 1_000_000 },
    },
    async (dns, questions, clock) => {
      const asksAnew = async (name: string, afterMs: number) => {
        const before = questions.length;
        clock.now += afterMs;
        await dns.mx(name);
        return questions.length > before;
      };
      for (const [name, holdsMs] of [
        ['short.example', 1_000],
        ['long.example', 3_600_000],
        ['none.example', 300_000],
      ] as const) {
        await dns.mx(name);
        assert.equal(await asksAnew(name, holdsMs - 1), false, name);
        assert.equal(await asksAnew(name, 2), true, name);
      }
    },
  ));

test('dns: what DNSSEC vouches for is told, through aliases only if it vouches for those', () =>
  withDns(
    {
      'signed.example': { mx: [[1, 'a']], a: ['192.0.2.1'], secure: true },
      'plain.example': { a: ['192.0.2.1'] },
      'alias.example': { cname: 'signed.example' },
    },
    async (dns) => {
      assert.equal((await dns.mx('signed.example')).authenticated, true);
      assert.equal((await dns.addresses('signed.example')).authenticated, true);
      assert.equal((await dns.addresses('plain.example')).authenticated, false);
      assert.equal((await dns.addresses('alias.example')).authenticated, false);
    },
  ));

test('dns: an answer that is cut short is fetched over TCP', () =>
  withDns({ 'big.example': { txt: ['x'.repeat(2_000), 'y'], truncated: true } }, async (dns, questions) => {
    const { records } = await dns.ask('big.example', 'TXT');
    assert.deepEqual(
      records.map((record) => record.length),
      [2_000, 1],
    );
    assert.deepEqual(questions, ['TXT big.example', 'TXT big.example']);
  }));

test('dns: names that no name can be are not asked for; those of other scripts go by their A-labels', () =>
  withDns({ 'xn--bcher-kva.example': { mx: [[1, 'a']] } }, async (dns, questions) => {
    assert.equal((await dns.mx('b\u00fccher.example')).records.length, 1);
    for (const name of ['', 'a..example', `${'x'.repeat(64)}.example`, `${'x.'.repeat(130)}example`])
      assert.equal(await kindOf(dns.mx(name)), 'no-such-name', name);
    assert.equal(questions.length, 1);
  }));

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
