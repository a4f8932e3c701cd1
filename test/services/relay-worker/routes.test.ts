import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer, type Server } from 'node:tls';
import { blamesOurAddress } from '../../../services/relay-worker/routing/block.ts';
import { isDirectoryRefusal } from '../../../shared/account/refusal.ts';
import { accountsChanged } from '../../../shared/bus/subjects.ts';
import { openPGlite } from '../../../shared/database/pglite.ts';
import type { Database } from '../../../shared/database/port.ts';
import { hintChange, retryNow } from '../../../shared/spool/queue/change.ts';
import { chooseRoute, type Route } from '../../../shared/spool/routes/route.ts';
import { createRoute, deleteRoute } from '../../../shared/spool/routes/routes.ts';
import { listSources, pauseSource, setShare } from '../../../shared/spool/routes/sources.ts';
import { type TestCa, testCa } from '../../certificates.ts';
import { startSink } from '../../sink-smtp.ts';
import { makeWorld, type World } from './world.ts';

const BLANK: Omit<Route, 'name'> = {
  senderDomain: null,
  recipientDomain: null,
  host: null,
  port: null,
  tls: 'opportunistic',
  username: null,
  secretFile: null,
  sources: [],
};

test('the route that fits best is chosen', () => {
  const route = (name: string, senderDomain: string | null, recipientDomain: string | null): Route => ({
    ...{ ...BLANK, name, senderDomain, recipientDomain },
  });
  const routes = [
    route('all', null, null),
    route('sender', 'a.test', null),
    route('recipient', null, 'b.test'),
    route('both', 'a.test', 'b.test'),
  ];
  const chosen = (reversePath: string, forwardPath: string, signer?: string) =>
    chooseRoute(routes, { reversePath, forwardPath, signer })?.name;
  assert.equal(chosen('x@A.test', 'y@B.test'), 'both');
  assert.equal(chosen('x@c.test', 'y@b.test'), 'recipient');
  assert.equal(chosen('x@a.test', 'y@c.test'), 'sender');
  assert.equal(chosen('x@c.test', 'y@c.test'), 'all');
  assert.equal(chosen('', 'y@c.test'), 'all');
  assert.equal(chosen('', 'y@c.test', 'a.test'), 'sender');
  assert.equal(chooseRoute([], { reversePath: 'x@a.test', forwardPath: 'y@b.test' }), undefined);
});

test('replies that blame the address we come from', () => {
  for (const reply of [
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    '550 5.7.1 Unfortunately, messages from [192.0.2.1] weren’t sent. Your IP is on our block list: blocked (S3150)',
    '421 4.7.0 Our system has detected unsolicited mail originating from your IP address',
    '550 5.7.606 Access denied, banned sending IP [192.0.2.1]',
  ])
    assert.ok(blamesOurAddress(reply), reply);
  for (const reply of [
    '550 5.1.1 The email account that you tried to reach does not exist, IP address blocked',
    '550 5.7.1 Message rejected as spam by content filtering',
    '552 5.2.2 mailbox full',
    '451 4.7.1 Greylisted, please try again',
    'no connection to mx.example.org[192.0.2.1]: blocked IP address',
  ])
    assert.ok(!blamesOurAddress(reply), reply);
});

describe('routes', () => {
  let world: World;
  let database: Database;
  let directory: string;
  let ca: TestCa;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cartero-routes-'));
    ca = await testCa();
    await writeFile(join(directory, 'ca.pem'), ca.certificate);
    await writeFile(join(directory, 'secret'), 'open sesame\n');
    database = await openPGlite(undefined);
    world = await makeWorld(database, { RELAY_CA_FILE: join(directory, 'ca.pem') });
  });
  after(async () => {
    await world.stop();
    await database.close();
    await rm(directory, { recursive: true });
  });

  /** As the admin API tells the workers. */
  const changed = async () => {
    world.ports.bus.publish(accountsChanged(), {});
    await new Promise((resolve) => setTimeout(resolve, 20));
  };

  /** Made, and known to the worker. */
  async function add(route: Partial<Route> & { readonly name: string }): Promise<void> {
    const made = await createRoute(database, { ...BLANK, ...route });
    if (isDirectoryRefusal(made)) throw new Error(made.text);
    await changed();
  }

  const retry = async (destination: string) =>
    hintChange(world.ports.bus, await retryNow(database, { destination }), { retry: true });

  test('a smarthost by sender: over TLS with a certificate that holds, logged in, one actor for all domains', async () => {
    const { certificate: cert, key } = await ca.forHosts(['smart.example']);
    let refuse = true;
    const smart = await world.sink({
      ehlo: ['PIPELINING', '8BITMIME', 'AUTH LOGIN PLAIN'],
      tls: { cert, key },
      reply: (line) => {
        if (line.startsWith('AUTH')) return refuse ? '535 5.7.8 wrong' : '235 2.7.0 welcome';
        return undefined;
      },
    });
    world.dns.zone['smart.example'] = { a: [smart.host] };
    const direct = await world.domain('direct.example');
    await add({
      name: 'smart',
      senderDomain: 'example.test',
      host: 'smart.example',
      port: smart.port,
      tls: 'required',
      username: 'us',
      secretFile: join(directory, 'secret'),
    });
    const emailId = await world.submit(['bob@direct.example', 'bob@unheard-of.example']);
    const [first] = await world.settled(emailId, 1);
    assert.equal(first?.outcome, 'retry');
    assert.match(first?.reply ?? '', /^smart\.example\[127[\d.]+\] refused our log-in: 535 5\.7\.8 wrong$/);
    assert.equal((await world.queue('>smart')).length, 2);
    refuse = false;
    await retry('');
    hintChange(world.ports.bus, await retryNow(database, { entries: [emailId] }), { retry: true });
    await smart.until(() => smart.messages.length === 1);
    assert.deepEqual(smart.messages[0]?.rcpts, ['<bob@direct.example>', '<bob@unheard-of.example>']);
    assert.ok(smart.messages[0]?.tls);
    const auth = smart.lines.filter((line) => line.includes('AUTH')).at(-1);
    assert.equal(Buffer.from(auth!.split(' ').at(-1)!, 'base64').toString(), '\0us\0open sesame');
    assert.ok(
      !smart.lines
        .slice(
          0,
          smart.lines.findIndex((line) => line.endsWith('STARTTLS')),
        )
        .some((line) => line.includes('AUTH')),
    );
    assert.equal(direct.messages.length, 0);

    // Other senders go as ever.
    await world.submit(['bob@direct.example'], { reversePath: 'eve@other.test' });
    await direct.until(() => direct.messages.length === 1);

    // Without the route, what waits for it goes to the exchangers.
    smart.script = {
      ...smart.script,
      reply: (line) =>
        line.startsWith('RCPT') ? '450 4.2.1 later' : line.startsWith('AUTH') ? '235 ok' : undefined,
    };
    const waiting = await world.submit(['carol@direct.example']);
    await world.settled(waiting, 1);
    await deleteRoute(database, 'smart');
    await changed();
    await direct.until(() => direct.messages.length === 2);
    assert.deepEqual(direct.messages[1]?.rcpts, ['<carol@direct.example>']);
  });

  test('a certificate that does not hold gets neither password nor mail', async () => {
    const smart = await world.sink({ ehlo: ['AUTH PLAIN'], tls: true });
    world.dns.zone['bad.example'] = { a: [smart.host] };
    await add({
      name: 'bad',
      recipientDomain: 'secret.example',
      host: 'bad.example',
      port: smart.port,
      tls: 'required',
      username: 'us',
      secretFile: join(directory, 'secret'),
    });
    const [attempt] = await world.settled(await world.submit(['bob@secret.example']), 1);
    assert.match(attempt?.reply ?? '', /its certificate does not hold/);
    assert.ok(!smart.lines.some((line) => /AUTH|MAIL/.test(line)));
  });

  test('TLS from the first byte', async () => {
    await using plain = await startSink();
    const { certificate: cert, key } = await ca.forHosts(['implicit.example']);
    const front: Server = createServer({ cert, key }, (socket) => {
      const back = connect(plain.port, plain.host);
      socket.on('error', () => back.destroy());
      back.on('error', () => socket.destroy());
      socket.pipe(back).pipe(socket);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    try {
      world.dns.zone['implicit.example'] = { a: ['127.0.0.1'] };
      const { port } = front.address() as AddressInfo;
      await add({
        name: 'implicit',
        recipientDomain: 'i.example',
        host: 'implicit.example',
        port,
        tls: 'implicit',
      });
      const emailId = await world.submit(['bob@i.example']);
      assert.equal((await world.settled(emailId, 1))[0]?.outcome, 'delivered');
      assert.equal(plain.messages.length, 1);
    } finally {
      front.close();
    }
  });

  test('addresses of ours: by share, without those that are paused, and not from one that the remote blocks', async () => {
    const [one, two] = ['127.0.0.151', '127.0.0.152'];
    const sink = await world.domain('pool.example');
    await add({ name: 'pool', senderDomain: 'news.test', sources: [one, two] });
    const from = { reversePath: 'news@news.test' };
    await setShare(database, two, 0);
    await changed();
    await world.settled(await world.submit(['a@pool.example'], from), 1);
    assert.equal(sink.messages[0]?.from, one);
    const emailId = await world.submit(['a@pool.example']);
    await world.settled(emailId, 1);
    assert.equal(sink.messages[1]?.from, '127.0.0.1', 'other senders go from anywhere');

    // Blocked at one address, it goes from the other, and for others no more from the first.
    await setShare(database, two, 1);
    const blocking = await world.domain('blocking.example', {
      reply: (line, connection) =>
        line.startsWith('MAIL') && blocking.connectionsFrom(connection) === one
          ? '550 5.7.1 Client host [127.0.0.151] blocked using dnsbl.example'
          : undefined,
    });
    await changed();
    const attempts = await world.settled(await world.submit(['b@blocking.example'], from), 2);
    assert.deepEqual(
      attempts.map(({ outcome, status }) => `${outcome} ${status}`),
      ['retry 4.7.1', 'delivered 2.0.0'],
    );
    assert.equal(blocking.messages.at(-1)?.from, two);
    const [first] = (await listSources(database)).filter(({ address }) => address === one);
    assert.equal(first?.blockedBy[0]?.destination, 'blocking.example>pool');
    await world.settled(await world.submit(['c@pool.example'], from), 1);

    // All of them paused, it waits.
    for (const address of [one, two]) await pauseSource(database, address, database.now() + 60_000);
    await changed();
    await world.domain('late.example');
    const late = await world.submit(['d@late.example'], from);
    assert.match(
      (await world.settled(late, 1))[0]?.reply ?? '',
      /^no address of ours that the route pool goes out from/,
    );
    for (const address of [one, two]) await pauseSource(database, address, null);
    await changed();
    await world.until('delivered', async () =>
      (await world.attempts(late)).some(({ outcome }) => outcome === 'delivered'),
    );
  });
});
