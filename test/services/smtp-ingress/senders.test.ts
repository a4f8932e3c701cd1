import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Config } from '../../../shared/runtime/config.ts';
import { startDnsServer, type TestDnsServer, type Zone } from '../../dns-server.ts';
import { Client, queuedAs, World } from './world.ts';

/** What senders are put through: nothing is exempt here. */
describe('senders', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  const service = (config: Partial<Config>) => world.with({}, { trustedNetworks: [], ...config });

  test('who speaks before the greeting hears 554; who waits is greeted; submission is not held back', async () => {
    const running = await service({ greetingDelayMs: 300 });
    const { host, port } = running.addresses.smtp!;
    const early = Client.silent(host, port);
    early.send('EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n');
    assert.match(await early.reply(), /^554 5\.5\.1 You spoke before the greeting/);
    assert.match(await early.reply(), /^503 /);
    assert.match(await early.reply(), /^503 /);
    assert.match(await early.say('QUIT'), /^221 /);
    const began = performance.now();
    const patient = await Client.greeted(running, 'smtp');
    assert.ok(performance.now() - began >= 290);
    assert.match(patient.greeting, /^220 /);
    patient.client.close();
    const submitter = Client.silent(host, running.addresses.submission!.port);
    submitter.send('NOOP\r\n');
    assert.match(await submitter.reply(), /^220 /);
    submitter.close();
  });

  test('greylisting: 450 at RCPT, and the message is taken when it is tried again', async () => {
    const running = await service({ greetingDelayMs: 0, greylist: 'on', greylistDelayMs: 30 });
    const client = await Client.open(running, 'smtp');
    await client.say('EHLO c.test');
    await client.say('MAIL FROM:<a@c.test>');
    assert.match(await client.say('RCPT TO:<alice@example.test>'), /^450 4\.7\.1 Greylisted/);
    assert.match(await client.say('RCPT TO:<nobody@example.test>'), /^550 5\.1\.1/);
    await client.say('RSET');
    await new Promise((resolve) => setTimeout(resolve, 40));
    await client.envelope('a@c.test', 'alice@example.test');
    queuedAs(await client.message('Subject: x\r\n\r\nx\r\n'));
    client.close();
  });

  describe('by what the DNS says of an address', () => {
    let dns: TestDnsServer;
    before(async () => {
      dns = await startDnsServer();
    });
    after(() => dns.stop());

    async function reply(zone: Zone, config: Partial<Config>, forwardPath = 'alice@example.test') {
      for (const name of Object.keys(dns.zone)) delete dns.zone[name];
      Object.assign(dns.zone, zone);
      dns.questions.length = 0;
      const running = await service({ greetingDelayMs: 0, dnsServers: [dns.address], ...config });
      const client = await Client.open(running, 'smtp');
      await client.say('EHLO c.test');
      await client.say('MAIL FROM:<a@c.test>');
      const said = await client.say(`RCPT TO:<${forwardPath}>`);
      return { client, said };
    }

    const dnsblZones = ['first.test', 'second.test'];
    const listings: [string, Zone, RegExp][] = [
      ['nothing', {}, /^250 /],
      [
        'a listing',
        { '1.0.0.127.second.test': { a: ['127.0.0.4'] } },
        /^550 5\.7\.1 Your address 127\.0\.0\.1 is listed by second\.test$/,
      ],
      ['an answer of a zone that was given up', { '1.0.0.127.first.test': { a: ['192.0.2.7'] } }, /^250 /],
      ['an error code', { '1.0.0.127.first.test': { a: ['127.255.255.254'] } }, /^250 /],
      [
        'a listing beside an error',
        { '1.0.0.127.first.test': { a: ['127.255.255.254', '127.0.0.2'] } },
        /^550 .* first\.test$/,
      ],
      ['no answer', { '1.0.0.127.first.test': { servfail: true } }, /^250 /],
      [
        'a listing beside no answer',
        { '1.0.0.127.first.test': { servfail: true }, '1.0.0.127.second.test': { a: ['127.0.0.2'] } },
        /^550 /,
      ],
    ];
    test('lists of addresses: refused at RCPT, but for postmaster and those allowed', async () => {
      for (const [what, zone, expected] of listings) {
        const { client, said } = await reply(zone, { dnsblZones });
        assert.match(said, expected, what);
        client.close();
      }
      const listed = { '1.0.0.127.first.test': { a: ['127.0.0.2'] } };
      const toPostmaster = await reply(listed, { dnsblZones }, 'Postmaster@example.test');
      assert.match(toPostmaster.said, /^250 /);
      toPostmaster.client.close();
      const allowed = await reply(listed, { dnsblZones, allowedNetworks: ['127.0.0.1'] });
      assert.match(allowed.said, /^250 /);
      assert.deepEqual(dns.questions, []);
      allowed.client.close();
    });

    test('an answer is asked for once while it holds', async () => {
      const { client } = await reply({}, { dnsblZones: ['first.test'] });
      await client.say('RCPT TO:<bob@example.test>');
      client.close();
      assert.deepEqual(dns.questions, ['A 1.0.0.127.first.test']);
    });

    const reverse = '1.0.0.127.in-addr.arpa';
    const names: [string, Zone, RegExp, string][] = [
      ['no name', {}, /^550 5\.7\.25 /, 'permerror'],
      [
        'a name that leads elsewhere',
        { [reverse]: { ptr: ['h.c.test'] }, 'h.c.test': { a: ['192.0.2.1'] } },
        /^550 5\.7\.25 /,
        'fail',
      ],
      [
        'a name that leads back',
        { [reverse]: { ptr: ['x.c.test', 'h.c.test'] }, 'h.c.test': { a: ['192.0.2.1', '127.0.0.1'] } },
        /^250 /,
        'pass (h.c.test)',
      ],
      ['no answer', { [reverse]: { servfail: true } }, /^250 /, 'temperror'],
      [
        'a name of which nobody knows',
        { [reverse]: { ptr: ['h.c.test'] }, 'h.c.test': { servfail: true } },
        /^250 /,
        'temperror',
      ],
    ];
    test('the name of an address: told in Authentication-Results, and refused when there is none', async () => {
      for (const [what, zone, expected, result] of names) {
        const refusing = await reply(zone, { fcrdns: 'refuse' });
        assert.match(refusing.said, expected, what);
        refusing.client.close();
        const { client, said } = await reply(zone, { fcrdns: 'mark' });
        assert.match(said, /^250 /, what);
        await client.say('DATA');
        const stored = await world.stored(queuedAs(await client.message('Subject: x\r\n\r\nx\r\n')));
        const field = `Authentication-Results: mail.example.test;\r\n\tiprev=${result} policy.iprev=127.0.0.1\r\n`;
        assert.ok(stored.includes(field), `${what}: ${stored}`);
        client.close();
      }
    });
  });
});
