import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Envelope } from '../../../services/smtp-ingress/envelope.ts';
import type { ListenerName } from '../../../services/smtp-ingress/ingress.ts';
import { greylist, KNOWN_MS } from '../../../services/smtp-ingress/policies/greylist.ts';
import type { ConnectionPolicy, Policy } from '../../../services/smtp-ingress/policy.ts';
import type { MailParameters } from '../../../shared/protocol/smtp/mail-parameters.ts';
import { createMemorySessionStore } from '../../../shared/session/memory.ts';

const DELAY_MS = 300;

function world() {
  const clock = { now: KNOWN_MS * 500 };
  const sessions = createMemorySessionStore();
  const options = {
    delayMs: DELAY_MS,
    exempt: (address: string) => address === '203.0.113.9',
    now: () => clock.now,
  };
  const replicas = [greylist(sessions, options), greylist(sessions, options)];
  let at = 0;
  /** A connection of its own, to each replica in turn. */
  const connect = (remoteAddress: string, listener: ListenerName = 'smtp'): ConnectionPolicy => {
    const who = [listener, { remoteAddress }, {}] as unknown as Parameters<Policy>;
    return replicas[at++ % 2]!(...who);
  };
  const send = async (from: string, reversePath = 'a@c.test', to = 'alice@example.test') => {
    const envelope = new Envelope(reversePath, {} as MailParameters, undefined, 0);
    return (await connect(from).rcpt!(envelope, to))?.code ?? 250;
  };
  return { clock, sessions, connect, send };
}

describe('greylist', () => {
  test('a new network is put off, also when it comes back at once; after the delay it is known, whatever it sends', async () => {
    const { send } = world();
    assert.equal(await send('192.0.2.1'), 450);
    assert.equal(await send('192.0.2.1'), 450);
    await pause(DELAY_MS + 10);
    // Something else is tried for the first time; then the first again, from an address nearby.
    assert.equal(await send('192.0.2.1', 'b@c.test'), 450);
    assert.equal(await send('192.0.2.77', 'A@C.test'), 250);
    assert.equal(await send('192.0.2.1', 'z@c.test', 'bob@example.test'), 250);
    assert.equal(await send('192.0.3.1'), 450);
    assert.equal(await send('2001:db8::1'), 450);
  });

  test('a known network stays so as long as it sends, and is forgotten after 35 to 70 days without', async () => {
    const { clock, send } = world();
    await send('192.0.2.1');
    await pause(DELAY_MS + 10);
    assert.equal(await send('192.0.2.1'), 250);
    for (let days = 0; days < 200; days += 34) {
      clock.now += 34 * 86_400_000;
      assert.equal(await send('192.0.2.1'), 250);
    }
    clock.now += 2 * KNOWN_MS;
    assert.equal(await send('192.0.2.1', 'new@c.test'), 450);
  });

  test('nobody is put off while the session store is away, nor those who are exempt, nor on other listeners', async () => {
    const { sessions, connect, send } = world();
    assert.deepEqual(connect('203.0.113.9'), {});
    assert.deepEqual(connect('192.0.2.1', 'submission'), {});
    Object.defineProperty(sessions, 'connected', { value: false });
    assert.equal(await send('192.0.2.1'), 250);
  });
});
