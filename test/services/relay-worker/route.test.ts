import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../../../services/relay-worker/condition.ts';
import { type Dns, DnsFailure } from '../../../services/relay-worker/dns.ts';
import { MAX_ADDRESSES, type RouteOptions, route } from '../../../services/relay-worker/route.ts';

interface Names {
  readonly mx?: Record<string, [number, string][] | 'temporary' | 'no-such-name'>;
  readonly hosts?: Record<string, string[] | 'temporary'>;
}

function dnsOf({ mx = {}, hosts = {} }: Names): Dns {
  return {
    async mx(name) {
      const found = mx[name] ?? [];
      if (typeof found === 'string') throw new DnsFailure(found, name, null);
      return {
        records: found.map(([priority, exchange]) => ({ priority, exchange })),
        authenticated: false,
      };
    },
    async addresses(name) {
      const found = hosts[name] ?? [];
      if (typeof found === 'string') throw new DnsFailure(found, name, null);
      return { addresses: found, authenticated: false, canonicalName: name };
    },
    ask: () => Promise.reject(new Error('not asked here')),
    local: true,
  };
}

/** The hosts, then what it ended with. */
async function walk(destination: string, names: Names, options: Partial<RouteOptions> = {}) {
  const dns = dnsOf(names);
  const steps = route(destination, {
    dns,
    random: () => 0.5,
    hostname: 'us.test',
    relayPort: 25,
    relayHostAddresses: dns.addresses,
    ...options,
  });
  const hosts: string[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done) return { hosts, end: endOf(step.value) };
    hosts.push(`${step.value.name} ${step.value.address}:${step.value.port}`);
  }
}

const endOf = (condition: Condition | null) =>
  condition && `${condition.permanent ? 'for good' : 'for now'} ${condition.status}`;

const hosts = {
  'a.x': ['192.0.2.1', '192.0.2.2'],
  'b.x': ['192.0.2.3'],
  'c.x': ['192.0.2.4'],
  x: ['192.0.2.9'],
};

test('route: by preference, each host with all its addresses', async () => {
  assert.deepEqual(
    await walk('x', {
      mx: {
        x: [
          [20, 'b.x'],
          [10, 'a.x'],
        ],
      },
      hosts,
    }),
    {
      hosts: ['a.x 192.0.2.1:25', 'a.x 192.0.2.2:25', 'b.x 192.0.2.3:25'],
      end: null,
    },
  );
});

test('route: equal preferences in random order, the others stay in theirs', async () => {
  const lots = [0.9, 0.5, 0.1];
  const mx = {
    x: [
      [10, 'a.x'],
      [20, 'c.x'],
      [10, 'b.x'],
    ] as [number, string][],
  };
  const forward = await walk('x', { mx, hosts }, { random: () => lots.shift()! });
  assert.deepEqual(
    forward.hosts.map((host) => host.slice(0, 3)),
    ['b.x', 'a.x', 'a.x', 'c.x'],
  );
  const ascending = [0.1, 0.2, 0.3];
  const backward = await walk('x', { mx, hosts }, { random: () => ascending.shift()! });
  assert.deepEqual(
    backward.hosts.map((host) => host.slice(0, 3)),
    ['a.x', 'a.x', 'b.x', 'c.x'],
  );
});

test('route: without MX the domain itself', async () => {
  assert.deepEqual(await walk('x', { hosts }), { hosts: ['x 192.0.2.9:25'], end: null });
});

test('route: why there is no host', async () => {
  const cases: [string, string, Names, string][] = [
    ['null MX', 'x', { mx: { x: [[0, '']] }, hosts }, 'for good 5.1.10'],
    ['no such domain', 'x', { mx: { x: 'no-such-name' } }, 'for good 5.1.2'],
    ['DNS away', 'x', { mx: { x: 'temporary' } }, 'for now 4.4.3'],
    ['neither MX nor address', 'x', {}, 'for good 5.4.4'],
    ['an MX without an address', 'x', { mx: { x: [[1, 'gone.x']] }, hosts }, 'for good 5.4.4'],
    [
      'an MX that the DNS does not know now',
      'x',
      {
        mx: {
          x: [
            [1, 'gone.x'],
            [2, 'ill.x'],
          ],
        },
        hosts: { 'ill.x': 'temporary' },
      },
      'for now 4.4.3',
    ],
    [
      'we are the best MX',
      'x',
      {
        mx: {
          x: [
            [1, 'US.test'],
            [2, 'a.x'],
          ],
        },
        hosts,
      },
      'for good 5.4.6',
    ],
    [
      'we are among the best',
      'x',
      {
        mx: {
          x: [
            [1, 'us.test'],
            [1, 'a.x'],
          ],
        },
        hosts,
      },
      'for good 5.4.6',
    ],
    ['a broken literal', '[1.2.3]', {}, 'for good 5.1.2'],
    ['an IPv6 literal without its tag', '[::1]', {}, 'for good 5.1.2'],
    ['an IPv4 literal with the tag of IPv6', '[IPv6:1.2.3.4]', {}, 'for good 5.1.2'],
  ];
  for (const [name, destination, names, end] of cases) {
    assert.deepEqual(await walk(destination, names), { hosts: [], end }, name);
  }
});

test('route: better exchangers than ourselves remain, equal and worse ones do not', async () => {
  const mx = {
    x: [
      [5, 'a.x'],
      [10, 'us.test'],
      [10, 'b.x'],
      [20, 'c.x'],
    ] as [number, string][],
  };
  assert.deepEqual((await walk('x', { mx, hosts })).hosts, ['a.x 192.0.2.1:25', 'a.x 192.0.2.2:25']);
});

test('route: a host that the DNS does not know now does not hide the others', async () => {
  const names: Names = {
    mx: {
      x: [
        [1, 'ill.x'],
        [2, 'b.x'],
      ],
    },
    hosts: { ...hosts, 'ill.x': 'temporary' },
  };
  assert.deepEqual(await walk('x', names), { hosts: ['b.x 192.0.2.3:25'], end: 'for now 4.4.3' });
});

test('route: address literals', async () => {
  assert.deepEqual((await walk('[192.0.2.7]', {})).hosts, ['192.0.2.7 192.0.2.7:25']);
  assert.deepEqual((await walk('[ipv6:2001:db8::7]', {})).hosts, ['2001:db8::7 2001:db8::7:25']);
});

test('route: a smarthost takes everything; without an address it is ours to mend', async () => {
  assert.deepEqual((await walk('y', { hosts }, { relayHost: 'b.x:587' })).hosts, ['b.x 192.0.2.3:587']);
  assert.deepEqual((await walk('y', {}, { relayHost: '[2001:db8::7]:25' })).hosts, [
    '2001:db8::7 2001:db8::7:25',
  ]);
  assert.deepEqual(await walk('y', {}, { relayHost: 'gone.x:25' }), { hosts: [], end: 'for now 4.3.5' });
  assert.deepEqual(await walk('y', { hosts: { 'ill.x': 'temporary' } }, { relayHost: 'ill.x:25' }), {
    hosts: [],
    end: 'for now 4.4.3',
  });
});

test('route: no more addresses than are worth the time', async () => {
  const many = Array.from({ length: 50 }, (_, i) => `192.0.2.${i}`);
  assert.equal((await walk('x', { hosts: { x: many } })).hosts.length, MAX_ADDRESSES);
});
