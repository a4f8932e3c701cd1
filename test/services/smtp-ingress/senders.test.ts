import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Config } from '../../../shared/runtime/config.ts';
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
    const running = await service({ greetingDelayMs: 60 });
    const { host, port } = running.addresses.smtp!;
    const early = Client.silent(host, port);
    early.send('EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n');
    assert.match(await early.reply(), /^554 5\.5\.1 You spoke before the greeting/);
    assert.match(await early.reply(), /^503 /);
    assert.match(await early.reply(), /^503 /);
    assert.match(await early.say('QUIT'), /^221 /);
    const began = performance.now();
    const patient = await Client.greeted(running, 'smtp');
    assert.ok(performance.now() - began >= 55);
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
});
