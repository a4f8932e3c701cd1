import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { temporaryDirectory } from '../../../scripts/servers.ts';
import { addTo, findInMaildir, readMaildir, removeFrom, setFlags } from '../maildir.ts';
import { letter } from '../message.ts';
import { SYNCHRONIZERS, type Synchronizer } from '../synchronizers.ts';
import type { System } from '../system.ts';
import { visit } from '../visit.ts';

const LETTERS: Readonly<Record<string, string>> = {
  '\\Draft': 'D',
  '\\Flagged': 'F',
  '\\Answered': 'R',
  '\\Seen': 'S',
};

/** Mailboxes with their messages: flags and subject. */
type Account = Readonly<Record<string, readonly string[]>>;

/** mbsync puts a field of its own into each copy that it makes. */
const withoutMark = (text: string): string => text.replace(/^X-TUID: .*\r\n/m, '');

const line = (flags: string, text: string): string =>
  `${flags} ${/^Subject: (.*)\r$/m.exec(text)?.[1]} ${withoutMark(text).length}`;

/** What the server has, read by a client not ours. */
function remote(system: System, login: string, mailboxes: readonly string[]): Promise<Account> {
  return visit(system, login, async (client) => {
    const account: Record<string, string[]> = {};
    for (const mailbox of mailboxes) {
      const lock = await client.getMailboxLock(mailbox);
      const lines: string[] = [];
      for await (const { source, flags } of client.fetch('1:*', { source: true, flags: true })) {
        const letters = [...flags!].map((flag) => LETTERS[flag] ?? '').sort();
        lines.push(line(letters.join(''), source!.toString()));
      }
      account[mailbox] = lines.sort();
      lock.release();
    }
    return account;
  });
}

async function local(
  synchronizer: Synchronizer,
  directory: string,
  mailboxes: readonly string[],
): Promise<Account> {
  const account: Record<string, string[]> = {};
  for (const mailbox of mailboxes) {
    const messages = await readMaildir(synchronizer.maildir(directory, mailbox));
    account[mailbox] = messages.map(({ flags, text }) => line(flags, text)).sort();
  }
  return account;
}

/** Two computers keep the same account, and change the same messages in different ways between two meetings. */
export function synchronizing(system: () => System): void {
  describe('two computers synchronize an account both ways', () => {
    const account = (synchronizer: Synchronizer): string => `${synchronizer.name}.two@example.test`;
    before(() => system().addAccounts(...SYNCHRONIZERS.map(account)));

    for (const synchronizer of SYNCHRONIZERS) {
      test(synchronizer.name, { skip: synchronizer.missing() }, async () => {
        const login = account(synchronizer);
        const one = temporaryDirectory('one');
        const two = temporaryDirectory('two');
        const meet = (directory: string) => synchronizer.synchronize(system(), login, directory);
        const inbox = (directory: string): string => synchronizer.maildir(directory, 'INBOX');
        try {
          const letters = Array.from({ length: 6 }, () => letter('bob@example.test', login));
          const [both, gone, fought, moved, kept, late] = letters.map(({ id }) => `letter ${id}`);
          await visit(system(), login, async (client) => {
            for (const { bytes } of letters.slice(0, 5)) await client.append('INBOX', bytes, []);
          });
          await meet(one.path);
          await meet(two.path);

          await setFlags(inbox(one.path), both!, 'FS');
          await removeFrom(inbox(one.path), gone!);
          await setFlags(inbox(one.path), fought!, 'F');
          await addTo(synchronizer.maildir(one.path, 'Sent'), '1.one', letters[5]!.bytes.toString());

          await setFlags(inbox(two.path), both!, 'R');
          await removeFrom(inbox(two.path), gone!);
          await removeFrom(inbox(two.path), fought!);
          await visit(system(), login, async (client) => {
            const lock = await client.getMailboxLock('INBOX');
            await client.messageMove({ header: { subject: moved! } }, 'Archive', {});
            await client.messageFlagsAdd({ header: { subject: kept! } }, ['\\Answered']);
            lock.release();
          });

          for (const directory of [one.path, two.path, one.path, two.path]) await meet(directory);
          const mailboxes = ['INBOX', 'Sent', 'Archive'];
          const server = await remote(system(), login, mailboxes);
          const subjects = (mailbox: string): string[] =>
            server[mailbox]!.map((each) => each.replace(/ \d+$/, '')).sort();
          assert.deepEqual(subjects('INBOX'), [`FRS ${both}`, `R ${kept}`].sort());
          assert.deepEqual(subjects('Sent'), [`S ${late}`]);
          assert.deepEqual(subjects('Archive'), [` ${moved}`]);
          assert.deepEqual(await local(synchronizer, one.path, mailboxes), server);
          assert.deepEqual(await local(synchronizer, two.path, mailboxes), server);
          const { text } = await findInMaildir(synchronizer.maildir(two.path, 'Sent'), late!);
          assert.equal(withoutMark(text), letters[5]!.bytes.toString());
        } finally {
          one.remove();
          two.remove();
        }
      });
    }
  });
}
