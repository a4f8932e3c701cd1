import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { letter, withoutTrace } from '../message.ts';
import { awaitMail, IMAP_READERS } from '../readers.ts';
import { SENDERS, type Security } from '../senders.ts';
import type { System } from '../system.ts';

/** A sender who submits from elsewhere: logged in, over TLS, on the ports of RFC 6409 and RFC 8314. */
export function submission(system: () => System): void {
  describe('a sender submits from elsewhere', () => {
    const from = 'alice@example.test';
    const account = (name: string): string => `${name}.submission@example.test`;
    const imapflow = IMAP_READERS.find(({ name }) => name === 'imapflow')!;

    before(() => system().addAccounts(...SENDERS.map(({ name }) => account(name))));

    for (const sender of SENDERS) {
      const skip = sender.missing();
      const to = account(sender.name);
      const send = (
        port: number,
        security: Security,
        options: { login?: string; from?: string; to?: string } = {},
      ) => {
        const message = letter(from, to).bytes;
        return sender.send({ port, security, from, ...options, to: [options.to ?? to], message });
      };

      test(`${sender.name} over STARTTLS and over TLS`, { skip }, async () => {
        const { ports } = system();
        const first = letter(from, to).bytes;
        const second = letter(from, to).bytes;
        const order = { login: from, from, to: [to] };
        await sender.send({ ...order, port: ports.submission, security: 'starttls', message: first });
        await awaitMail(imapflow, system(), { login: to, security: 'tls', delete: false });
        await sender.send({ ...order, port: ports.submissions, security: 'tls', message: second });
        const found = await awaitMail(
          imapflow,
          system(),
          { login: to, security: 'starttls', delete: false },
          2,
        );
        const bodies = found.map(({ message }, at) =>
          withoutTrace(message, at === 0 ? first : second).toString(),
        );
        assert.deepEqual(bodies, [first.toString(), second.toString()]);
      });

      test(`${sender.name}: no submission without a log-in, no other's reverse-path, no relaying`, {
        skip,
      }, async () => {
        const { submission, smtp } = system().ports;
        await assert.rejects(send(submission, 'starttls'), /530|5\.7\.0|uthenticat/);
        await assert.rejects(
          send(submission, 'starttls', { login: from, from: 'bob@example.test' }),
          /55\d|5\.7\.1/,
        );
        await assert.rejects(
          send(submission, 'starttls', { login: 'nobody@example.test' }),
          /535|5\.7\.8|uthenticat|denied/,
        );
        await assert.rejects(send(smtp, 'none', { to: 'someone@elsewhere.test' }), /55\d|5\.7\.1|RCPT/);
      });
    }
  });
}
