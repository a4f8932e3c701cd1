import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../scripts/servers/port.ts';
import { startDnsServer, type TestDnsServer } from '../../dns-server.ts';
import { type Forward, forward } from '../forward.ts';
import { letter, withoutTrace } from '../message.ts';
import { awaitMail, IMAP_READERS, POP3_READERS, READERS } from '../readers.ts';
import { SENDERS } from '../senders.ts';
import type { StartSystem, System } from '../system.ts';

const HERE = 'here.test';
const THERE = 'there.test';

/** Two systems that know of each other by MX alone. */
export function twoSystems(start: StartSystem): void {
  describe('two systems exchange mail by MX', () => {
    let dns: TestDnsServer;
    let here: System;
    let there: System;
    const forwards: Forward[] = [];

    before(async () => {
      // The most preferred exchanger of each is down: nobody listens on its address.
      dns = await startDnsServer({
        [HERE]: {
          mx: [
            [20, `mail.${HERE}`],
            [10, `down.${HERE}`],
          ],
        },
        [THERE]: {
          mx: [
            [20, `mail.${THERE}`],
            [10, `down.${THERE}`],
          ],
        },
        [`mail.${HERE}`]: { a: ['127.0.0.1'] },
        [`mail.${THERE}`]: { a: ['127.0.0.1'] },
        [`down.${HERE}`]: { a: ['127.0.0.9'] },
        [`down.${THERE}`]: { a: ['127.0.0.9'] },
      });
      const [toHere, toThere] = [await freePort(), await freePort()];
      const settings = { DNS_SERVERS: dns.address, RETRY_SCHEDULE: '1s' };
      [here, there] = await Promise.all([
        start({ ...settings, MAIL_HOSTNAME: `mail.${HERE}`, RELAY_PORT: String(toThere) }),
        start({ ...settings, MAIL_HOSTNAME: `mail.${THERE}`, RELAY_PORT: String(toHere) }),
      ]);
      forwards.push(await forward(toHere, () => here.ports.smtp));
      forwards.push(await forward(toThere, () => there.ports.smtp));
      await here.mailctl(['domain', 'add', HERE]);
      await there.mailctl(['domain', 'add', THERE]);
      await here.addAccounts(...SENDERS.map(({ name }) => `${name}@${HERE}`));
      await there.addAccounts(...SENDERS.map(({ name }) => `${name}@${THERE}`));
    });

    after(async () => {
      await Promise.all([here?.stop(), there?.stop()]);
      await Promise.all([...forwards, dns].map((one) => one?.stop()));
    });

    for (const sender of SENDERS) {
      const skip =
        [sender, ...READERS].map(({ missing }) => missing()).find((reason) => reason !== false) ?? false;
      test(`${sender.name} submits here, ${POP3_READERS[0]!.name} reads there; and back to ${IMAP_READERS[2]!.name}`, {
        skip,
      }, async () => {
        const [from, to] = [`${sender.name}@${HERE}`, `${sender.name}@${THERE}`];
        const letterThere = letter(from, to).bytes;
        const order = { port: here.ports.submission, security: 'starttls', login: from, from } as const;
        await sender.send({ ...order, to: [to], message: letterThere });
        const [arrived] = await awaitMail(POP3_READERS[0]!, there, {
          login: to,
          security: 'tls',
          delete: true,
        });
        assert.equal(withoutTrace(arrived!.message, letterThere).toString(), letterThere.toString());
        assert.ok(
          arrived!.message.toString().startsWith(`Return-Path: <${from}>\r\n`),
          arrived!.message.toString(),
        );

        const letterBack = letter(to, from).bytes;
        const back = { port: there.ports.submissions, security: 'tls', login: to, from: to } as const;
        await sender.send({ ...back, to: [from], message: letterBack });
        const [answer] = await awaitMail(IMAP_READERS[2]!, here, {
          login: from,
          security: 'tls',
          delete: true,
        });
        assert.equal(withoutTrace(answer!.message, letterBack).toString(), letterBack.toString());
      });
    }

    test('an unknown mailbox there comes back as a delivery status notification', async () => {
      const from = `nodemailer@${HERE}`;
      const [nodemailer, imapflow] = [SENDERS[3]!, IMAP_READERS[2]!];
      const { bytes } = letter(from, `nobody@${THERE}`);
      const order = { port: here.ports.submission, security: 'starttls', login: from, from } as const;
      await nodemailer.send({ ...order, to: [`nobody@${THERE}`], message: bytes });
      const [notification] = await awaitMail(imapflow, here, { login: from, security: 'tls', delete: true });
      const text = notification!.message.toString();
      assert.match(text, /^Return-Path: <>\r\n/);
      assert.match(text, /multipart\/report/i);
      assert.match(text, new RegExp(`Final-Recipient: rfc822; ?nobody@${THERE}`, 'i'));
      assert.match(text, /Status: 5\.1\.1/i);
      // The preferred exchanger, which is down, was tried first.
      const [mx, down] = [`MX ${THERE}`, `A down.${THERE}`].map((question) =>
        dns.questions.indexOf(question),
      );
      assert.ok(mx! >= 0 && down! > mx!, dns.questions.join());
    });
  });
}
