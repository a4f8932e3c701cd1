import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { letter, withoutTrace } from '../message.ts';
import { missingProgram } from '../program.ts';
import { awaitMail, READERS } from '../readers.ts';
import { SENDERS } from '../senders.ts';
import type { System } from '../system.ts';
import { typeIntoTelnet } from '../telnet.ts';

/** Sender and reader are both on one server, without TLS, as in the first lesson. */
export function oneServer(system: () => System): void {
  describe('sender and reader on one server', () => {
    const account = (name: string): string => `${name}.one@example.test`;

    before(() => system().addAccounts(...[...SENDERS.map(({ name }) => name), 'telnet'].map(account)));

    for (const sender of SENDERS) {
      const readers = READERS.map((reader) => `${reader.name} (${reader.protocol})`).join(', ');
      const skip =
        [sender, ...READERS].map(({ missing }) => missing()).find((reason) => reason !== false) ?? false;
      test(`${sender.name} sends, ${readers} read`, { skip }, async () => {
        const to = account(sender.name);
        const { bytes } = letter('alice@example.test', to);
        const from = 'alice@example.test';
        await sender.send({ port: system().ports.smtp, security: 'none', from, to: [to], message: bytes });
        for (const reader of READERS) {
          const visit = { login: to, security: 'none', delete: false } as const;
          const [found, ...more] = await awaitMail(reader, system(), visit);
          assert.deepEqual(more, [], reader.name);
          assert.equal(withoutTrace(found!.message, bytes).toString(), bytes.toString(), reader.name);
        }
      });
    }

    test('a dialogue typed into telnet', { skip: missingProgram('telnet', 'python3') }, async () => {
      const to = account('telnet');
      const replies = await typeIntoTelnet(system().ports.smtp, [
        'helo x',
        'mail from:a@b',
        `rcpt to:${to}`,
        'data',
        'Subject: typed',
        '',
        'hello',
        '..dot',
        '.',
        'quit',
      ]);
      assert.deepEqual(
        replies.map((reply) => reply.slice(0, 3)),
        ['220', '250', '250', '250', '354', '250', '221'],
      );
      const [found] = await awaitMail(READERS[0]!, system(), { login: to, security: 'none', delete: false });
      assert.ok(
        found!.message.toString().endsWith('Subject: typed\r\n\r\nhello\r\n.dot\r\n'),
        found!.message.toString(),
      );
      assert.match(found!.message.toString(), /^Return-Path: <a@b>\r\n/);
    });

    test('telnet: what is wrong is told, and the dialogue goes on', {
      skip: missingProgram('telnet'),
    }, async () => {
      const replies = await typeIntoTelnet(system().ports.smtp, [
        'hello',
        'mail from:a@b',
        'helo x',
        'rcpt to:alice@example.test',
        'mail from:a@b',
        'rcpt to:nobody@example.test',
        'rcpt to:someone@elsewhere.test',
        'data',
        'noop',
        'quit',
      ]);
      const codes = replies.map((reply) => reply.slice(0, 3));
      assert.deepEqual(codes.slice(0, 2), ['220', '500']);
      assert.equal(codes[4], '503');
      assert.equal(codes[6], '550');
      assert.match(codes[7]!, /^55[04]$/);
      assert.match(codes[8]!, /^(503|554)$/);
      assert.deepEqual(codes.slice(9), ['250', '221']);
    });
  });
}
