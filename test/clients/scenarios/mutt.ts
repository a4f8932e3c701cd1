import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { temporaryDirectory } from '../../../scripts/servers.ts';
import { missingProgram, runProgram } from '../program.ts';
import { awaitMail, IMAP_READERS } from '../readers.ts';
import { PASSWORD, type System } from '../system.ts';
import { visit } from '../visit.ts';

const LOGIN = 'mutt@example.test';

const settings = ({ ports }: System, directory: string): string => `
set from="${LOGIN}" realname="" use_from=yes use_envelope_from=yes
set imap_user="${LOGIN}" imap_pass="${PASSWORD}" ssl_starttls=no ssl_force_tls=no
set folder="imap://127.0.0.1:${ports.imap}/" spoolfile="+INBOX" record="+Sent" copy=yes postponed="+Drafts"
set smtp_url="smtp://${LOGIN}@127.0.0.1:${ports.submission}/" smtp_pass="${PASSWORD}" smtp_authenticators="plain"
set confirmappend=no confirmcreate=no delete=yes move=no quit=yes wait_key=no
set header_cache="${directory}/headers" message_cachedir="${directory}/messages"
`;

/** mutt: sends from a script with a copy in Sent, then is told by its keys to save and delete what came. */
export function mutt(system: () => System): void {
  describe('mutt', () => {
    const skip = missingProgram('mutt', 'script');
    const imapflow = IMAP_READERS.find(({ name }) => name === 'imapflow')!;
    before(() => system().addAccounts(LOGIN));

    test('sends with a copy in Sent; reads, saves and deletes', { skip }, async () => {
      const directory = temporaryDirectory('mutt');
      const { path } = directory;
      const env = { HOME: path, TERM: 'vt100' };
      const file = join(path, 'muttrc');
      try {
        await writeFile(file, settings(system(), path));
        for (const subject of ['first', 'second']) {
          const args = ['-n', '-F', file, '-s', subject, LOGIN];
          await runProgram('mutt', args, { env, cwd: path, input: `body of the ${subject}\n` });
        }
        await awaitMail(imapflow, system(), { login: LOGIN, security: 'none', delete: false }, 2);
        const sent = await visit(system(), LOGIN, async (client) => {
          const lock = await client.getMailboxLock('Sent');
          const copies = await client.fetchAll('1:*', { envelope: true, flags: true, uid: true });
          lock.release();
          return copies.map(({ envelope, flags }) => `${envelope!.subject} ${flags!.has('\\Seen')}`);
        });
        assert.deepEqual(sent, ['first true', 'second true']);

        const box = join(path, 'box');
        const keys = `<tag-pattern>.<enter><tag-prefix><copy-message>${box}<enter><tag-prefix><delete-message><quit>`;
        const command = `mutt -n -F ${file} -e 'push ${keys}'`;
        await runProgram('script', ['-qec', command, '/dev/null'], { env, cwd: path });
        const saved = await readFile(box, 'utf8');
        assert.deepEqual(saved.match(/^(Subject|body).*$/gm), [
          'Subject: first',
          'body of the first',
          'Subject: second',
          'body of the second',
        ]);
        assert.deepEqual(
          await imapflow.read(system(), { login: LOGIN, security: 'none', delete: false }),
          [],
        );
      } finally {
        directory.remove();
      }
    });
  });
}
