import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MAX_HELD_BYTES } from '../../../services/smtp-ingress/load.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { Client, plain, queuedAs, World } from './world.ts';

const MEMORY = 4 * 1_048_576;
const LINE = `${'x'.repeat(98)}\r\n`;
const LARGE = LINE.repeat(Math.ceil(MAX_HELD_BYTES / LINE.length));

describe('more than can be taken', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  async function begun(running: Running, listener = 'smtp'): Promise<Client> {
    const client = await Client.open(running, listener);
    await client.say('EHLO c.test');
    if (listener === 'submission') await client.say(plain('alice@example.test'));
    await client.envelope('alice@example.test', 'bob@example.test');
    return client;
  }

  /** Once the last octets that were sent are counted. */
  async function held(metrics: ReturnType<typeof createMetrics>, octets: number): Promise<void> {
    for (let tries = 0; tries < 2_000; tries++) {
      const found = /^cartero_smtp_intake_bytes (\d+)$/m.exec(await metrics.text());
      if (Number(found?.[1]) >= octets) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.fail(`never ${octets} bytes`);
  }

  test('new connections and messages are put off, our own people last; what is under way is taken', async () => {
    const metrics = createMetrics();
    const running = await world.with({ metrics }, { intakeMemory: MEMORY });
    const idle = await Client.open(running, 'smtp');
    await idle.say('EHLO c.test');
    const clients: Client[] = [];
    for (let at = 1; at <= 4; at++) {
      const client = await begun(running);
      clients.push(client);
      client.send(`Subject: x\r\n\r\n${LARGE}`);
      await held(metrics, at * MAX_HELD_BYTES);
    }
    const { greeting } = await Client.greeted(running, 'smtp');
    assert.match(greeting, /^421 4\.3\.2 Too busy/);
    assert.match(await idle.say('MAIL FROM:<a@c.test>'), /^451 4\.3\.2 Too busy/);
    const ours = await begun(running, 'submission');
    ours.send(`Subject: x\r\n\r\n${LARGE}`);
    await held(metrics, 5 * MAX_HELD_BYTES);
    // There is no room for a sixth, which learns so at its end; the five come through whole.
    const sixth = await begun(running, 'submission');
    assert.match(await sixth.message(`Subject: x\r\n\r\n${LARGE}`), /^451 4\.3\.2 Too busy/);
    // Who says how much is to come learns so before it comes.
    const seventh = await Client.open(running, 'submission');
    await seventh.say('EHLO c.test');
    await seventh.say(plain('alice@example.test'));
    await seventh.say('MAIL FROM:<alice@example.test> SIZE=700000');
    await seventh.say('RCPT TO:<bob@example.test>');
    assert.match(await seventh.say('DATA'), /^451 4\.3\.2 Too busy/);
    assert.match(await seventh.say('MAIL FROM:<alice@example.test> SIZE=100'), /^250 /);
    for (const client of [...clients, ours]) {
      const stored = await world.stored(queuedAs(await client.message('')));
      assert.ok(stored.endsWith(LARGE));
    }
    await idle.envelope('a@c.test', 'bob@example.test');
    queuedAs(await idle.message('Subject: x\r\n\r\nx\r\n'));
    queuedAs(await (await begun(running)).message('Subject: x\r\n\r\nx\r\n'));
    const told = await metrics.text();
    assert.match(told, /^cartero_smtp_intake_bytes 0$/m);
    for (const [at, times] of Object.entries({ connect: 1, mail: 1, data: 2 }))
      assert.match(told, new RegExp(`^cartero_smtp_put_off_total{at="${at}"} ${times}$`, 'm'));
    for (const client of [idle, ...clients, ours, sixth, seventh]) client.close();
  });

  test('a message that is dropped, or whose client goes, gives back its room', async () => {
    const metrics = createMetrics();
    const running = await world.with({ metrics }, { intakeMemory: MEMORY });
    for (let round = 0; round < 3; round++) {
      const gone = await begun(running);
      gone.send(`Subject: x\r\n\r\n${LARGE}`);
      await held(metrics, MAX_HELD_BYTES);
      gone.close();
      const refused = await begun(running, 'submission');
      assert.match(await refused.message(`bare\nline\r\n${LARGE}`), /^550 5\.6\.11/);
      refused.close();
      for (let tries = 0; !/^cartero_smtp_intake_bytes 0$/m.test(await metrics.text()); tries++) {
        assert.ok(tries < 2_000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  });
});
