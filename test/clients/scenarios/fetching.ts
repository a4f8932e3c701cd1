import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { temporaryDirectory } from '../../../scripts/servers.ts';
import { FETCHERS, type Fetcher } from '../fetchers.ts';
import { letter, withoutTrace } from '../message.ts';
import { awaitMail, IMAP_READERS } from '../readers.ts';
import { SENDERS } from '../senders.ts';
import type { System } from '../system.ts';

/** Programs that fetch mail once and again: what is new each time, what they leave, and what they remove. */
export function fetching(system: () => System): void {
  describe('programs that fetch mail', () => {
    const account = ({ name }: Fetcher): string => `${name.replaceAll(' ', '-').toLowerCase()}@example.test`;
    const nodemailer = SENDERS.find(({ name }) => name === 'nodemailer')!;
    const imapflow = IMAP_READERS.find(({ name }) => name === 'imapflow')!;
    before(() => system().addAccounts(...FETCHERS.map(account)));

    for (const fetcher of FETCHERS) {
      test(fetcher.name, { skip: fetcher.missing() }, async () => {
        const to = account(fetcher);
        const directory = temporaryDirectory('fetch');
        const sent: Buffer[] = [];
        const post = async (): Promise<void> => {
          const from = 'alice@example.test';
          const message = letter(from, to).bytes;
          sent.push(message);
          const { smtp: port } = system().ports;
          await nodemailer.send({ port, security: 'none', from, to: [to], message });
          await awaitMail(imapflow, system(), { login: to, security: 'none', delete: false }, sent.length);
        };
        const taken = async (remove: boolean): Promise<string[]> => {
          const messages = await fetcher.fetch(system(), to, directory.path, remove);
          return messages.map(({ text }) => {
            // getmail puts a field of its own at the end of the header.
            const bytes = Buffer.from(text.replace(/^X-getmail-retrieved-from-mailbox: .*\r\n/m, ''));
            const own = sent.find((message) => withoutTrace(bytes, message).equals(message));
            return own?.toString() ?? text;
          });
        };
        const all = (): string[] => sent.map((message) => message.toString());
        try {
          await post();
          assert.deepEqual(await taken(false), all());
          assert.deepEqual(await taken(false), all(), 'nothing is taken twice');
          await post();
          assert.deepEqual((await taken(true)).sort(), all().sort());
          assert.deepEqual(await imapflow.read(system(), { login: to, security: 'none', delete: false }), []);
        } finally {
          directory.remove();
        }
      });
    }
  });
}
