import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { letter, withoutTrace } from '../message.ts';
import { awaitMail, IMAP_READERS, POP3_READERS, READERS, type Reader } from '../readers.ts';
import { SENDERS } from '../senders.ts';
import type { System } from '../system.ts';

/** Readers by POP3, who take their mail away or keep it on the server, and by IMAP. */
export function reading(system: () => System): void {
  const account = (reader: Reader, what: string): string =>
    `${reader.name}.${reader.protocol}.${what}@example.test`;
  const nodemailer = SENDERS.find(({ name }) => name === 'nodemailer')!;

  async function post(to: string): Promise<string> {
    const { bytes } = letter('bob@example.test', to);
    const order = { from: 'bob@example.test', to: [to], message: bytes };
    await nodemailer.send({ ...order, port: system().ports.smtp, security: 'none' });
    return bytes.toString();
  }

  const texts = (found: readonly { message: Buffer }[], sent: readonly string[]): string[] =>
    found.map(({ message }, at) => withoutTrace(message, Buffer.from(sent[at] ?? '')).toString());

  describe('reading by POP3', () => {
    before(() =>
      system().addAccounts(
        ...POP3_READERS.flatMap((reader) => [account(reader, 'take'), account(reader, 'keep')]),
      ),
    );

    for (const reader of POP3_READERS) {
      const skip = reader.missing();
      test(`${reader.name}: download and delete`, { skip }, async () => {
        const login = account(reader, 'take');
        const sent = [await post(login)];
        await awaitMail(reader, system(), { login, security: 'tls', delete: false });
        sent.push(await post(login));
        const found = await awaitMail(reader, system(), { login, security: 'starttls', delete: true }, 2);
        assert.deepEqual(texts(found, sent), sent);
        assert.deepEqual(await reader.read(system(), { login, security: 'none', delete: false }), []);
      });

      test(`${reader.name}: download and keep`, { skip }, async () => {
        const login = account(reader, 'keep');
        const first = await post(login);
        const visit = { login, security: 'tls', delete: false } as const;
        const before = await awaitMail(reader, system(), visit);
        assert.deepEqual(texts(before, [first]), [first]);
        const second = await post(login);
        const known = before.map(({ id }) => id);
        const after = await awaitMail(reader, system(), { ...visit, known });
        assert.deepEqual(texts(after, [second]), [second]);
        const all = await reader.read(system(), visit);
        assert.deepEqual(
          all.map(({ id }) => id),
          [...known, ...after.map(({ id }) => id)],
        );
      });
    }
  });

  describe('reading by IMAP', () => {
    before(() => system().addAccounts(...IMAP_READERS.map((reader) => account(reader, 'read'))));

    for (const reader of IMAP_READERS) {
      const skip = READERS.map(({ missing }) => missing()).find((reason) => reason !== false) ?? false;
      test(`${reader.name}: reads, keeps, then removes`, { skip }, async () => {
        const login = account(reader, 'read');
        const sent = [await post(login)];
        await awaitMail(reader, system(), { login, security: 'none', delete: false });
        sent.push(await post(login));
        const kept = await awaitMail(reader, system(), { login, security: 'starttls', delete: false }, 2);
        assert.deepEqual(texts(kept, sent), sent);
        const uids = kept.map(({ id }) => Number(id));
        assert.ok(uids[1]! > uids[0]!, uids.join());
        const removed = await reader.read(system(), { login, security: 'tls', delete: true });
        assert.deepEqual(
          removed.map(({ id }) => id),
          kept.map(({ id }) => id),
        );
        for (const other of READERS) {
          assert.deepEqual(
            await other.read(system(), { login, security: 'tls', delete: false }),
            [],
            other.name,
          );
        }
      });
    }
  });
}
