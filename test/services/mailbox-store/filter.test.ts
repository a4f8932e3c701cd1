import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import { Flag } from '../../../shared/mailbox/types.ts';
import { parseStructure } from '../../../shared/message/parser.ts';
import type { Submission } from '../../../shared/spool/port.ts';
import { type AccountWorld, onBothDatabases, until } from './world.ts';

/** Mail to the account through the spool; `headers` end in CRLF. */
async function deliver(
  account: AccountWorld,
  headers: string,
  body = 'Hello\r\n',
  reversePath = 'sender@elsewhere.example',
  more: Partial<Submission> = {},
): Promise<void> {
  const text = `Return-Path: <${reversePath}>\r\n${headers}\r\n${body}`;
  const inline = Buffer.from(text);
  await account.ports.spool.enqueue({
    message: {
      emailId: makeEmailId(),
      size: inline.length,
      structure: parseStructure(inline),
      inline,
      chunks: 0,
    },
    reversePath,
    recipients: [{ target: { kind: 'local', account: account.id, forwardPath: account.address } }],
    returnPathBytes: text.indexOf('\n') + 1,
    body: '7bit',
    smtpUtf8: false,
    ...more,
  });
  if (more.heldUntil === undefined) await settled(account);
}

const settled = (account: AccountWorld): Promise<void> =>
  until('the entry is settled', async () => {
    const waiting = await account.ports.database.kysely
      .selectFrom('spool_local')
      .select('email_id')
      .where('account_id', '=', Number(account.id))
      .execute();
    return waiting.length === 0;
  });

async function use(account: AccountWorld, content: string): Promise<void> {
  await account.ask('putScript', { name: 'main', content });
  await account.ask('activateScript', { name: 'main' });
}

/** What waits for other servers from this account's filter. */
async function outgoing(account: AccountWorld, forwardPath: string) {
  const { database, storage } = account.ports;
  const rows = await database.kysely
    .selectFrom('spool_remote')
    .selectAll()
    .where('forward_path', '=', forwardPath)
    .execute();
  return Promise.all(
    rows.map(async (row) => {
      const id = row.email_id.replaceAll('-', '');
      const bytes = await storage.readAll(id, 0, 1_000_000);
      return {
        reversePath: row.reverse_path,
        text: bytes.subarray(row.return_path_bytes).toString(),
        returnPath: bytes.subarray(0, row.return_path_bytes).toString(),
      };
    }),
  );
}

async function onlyText(account: AccountWorld, mailbox: string): Promise<string> {
  const { facts } = await account.ask('facts', { mailboxId: await account.idOf(mailbox), uids: '1:*' });
  assert.equal(facts.length, 1);
  return (await account.ports.storage.readAll(facts[0]!.emailId, 0, 1_000_000)).toString();
}

onBothDatabases(
  'filters',
  (world) => {
    test('scripts are kept, checked, activated, renamed and deleted', async () => {
      const account = await world().account();
      assert.equal(
        await account.refused('putScript', { name: 'a', content: '\nfileinto "x";' }),
        'bad-script',
      );
      const wrong = await account.raw('checkScript', { content: '\nfileinto "x";' });
      assert.deepEqual(wrong, { refused: 'bad-script', text: 'line 2: require "fileinto" is missing' });
      assert.equal(await account.refused('putScript', { name: 'a\n', content: 'keep;' }), 'bad-name');
      await account.ask('putScript', { name: 'a', content: 'keep;' });
      await account.ask('putScript', { name: 'b', content: 'discard;' });
      await account.ask('activateScript', { name: 'a' });
      await account.ask('activateScript', { name: 'b' });
      assert.equal(await account.refused('activateScript', { name: 'none' }), 'not-found');
      assert.deepEqual((await account.ask('listScripts', {})).scripts, [
        { name: 'a', active: false, bytes: 5 },
        { name: 'b', active: true, bytes: 8 },
      ]);
      assert.equal(await account.refused('deleteScript', { name: 'b' }), 'script-active');
      assert.equal(await account.refused('renameScript', { from: 'b', to: 'a' }), 'exists');
      await account.ask('renameScript', { from: 'b', to: 'c' });
      assert.deepEqual(await account.ask('getScript', { name: 'c' }), { content: 'discard;', active: true });
      await account.ask('activateScript', { name: null });
      await account.ask('deleteScript', { name: 'c' });
      assert.equal(await account.refused('getScript', { name: 'c' }), 'not-found');
    });

    test('fileinto with flags, :create and special use; INBOX where there is no such mailbox', async () => {
      const account = await world().account();
      await use(
        account,
        `require ["fileinto", "imap4flags", "mailbox", "special-use", "copy", "variables", "envelope"];
       if header :contains "subject" "work" { fileinto :flags ["\\\\Seen", "$work"] :create "Work/Now"; }
       elsif header :contains "subject" "spam" { fileinto :specialuse "\\\\Junk" "Spam"; }
       elsif header :matches "subject" "lost *" { fileinto "No/Such/\${1}"; }
       elsif envelope "from" "gone@x.example" { discard; }`,
      );
      await deliver(account, 'Subject: work\r\n');
      await deliver(account, 'Subject: spam\r\n');
      await deliver(account, 'Subject: lost dog\r\n');
      await deliver(account, 'Subject: gone\r\n', 'x\r\n', 'gone@x.example');
      assert.deepEqual(await account.view('Work/Now'), { 1: [Flag.Seen, ['$work']] });
      assert.equal((await account.status('Junk')).messages, 1);
      assert.equal((await account.status('INBOX')).messages, 1);
      await account.check();
    });

    test('a script in force counts for the next message, and none for the one after it', async () => {
      const account = await world().account();
      await deliver(account, 'Subject: 1\r\n');
      await use(account, 'require ["fileinto"]; fileinto "Archive";');
      await deliver(account, 'Subject: 2\r\n');
      await account.ask('activateScript', { name: null });
      await deliver(account, 'Subject: 3\r\n');
      assert.deepEqual(
        [(await account.status('INBOX')).messages, (await account.status('Archive')).messages],
        [2, 1],
      );
    });

    test('redirect: with its trace, once, and not in circles', async () => {
      const account = await world().account();
      const friend = await world().account();
      const to = `friend-${account.id}@far.example`;
      await use(account, `require "copy"; redirect :copy "${to}"; redirect :copy "${friend.address}";`);
      await deliver(account, 'Subject: on\r\n');
      const [sent, ...more] = await outgoing(account, to);
      assert.deepEqual(more, []);
      assert.match(sent!.reversePath, /^SRS0=\w+=\w+=elsewhere\.example=sender@example\.test$/);
      assert.equal(sent?.returnPath, 'Return-Path: <sender@elsewhere.example>\r\n');
      assert.equal(sent?.text, `Delivered-To: ${account.address}\r\nSubject: on\r\n\r\nHello\r\n`);
      await friend.untilMessages('INBOX', 1);
      assert.equal((await account.status('INBOX')).messages, 1);

      await use(account, `redirect "${to}";`);
      await deliver(account, `Delivered-To: ${account.address}\r\nSubject: back\r\n`);
      assert.equal((await outgoing(account, to)).length, 1);
      assert.equal((await account.status('INBOX')).messages, 2);
    });

    test('vacation: one reply a sender, from nobody; reject: an MDN and no message', async () => {
      const account = await world().account();
      const sender = `s${account.id}@far.example`;
      await use(account, 'require "vacation"; vacation :subject "Fort" "Bis Montag – grüße";');
      const headers = `To: ${account.address}\r\nSubject: hi\r\nMessage-ID: <1@far.example>\r\n`;
      await deliver(account, headers, 'x\r\n', sender);
      await deliver(account, headers, 'x\r\n', sender);
      const replies = await outgoing(account, sender);
      assert.equal(replies.length, 1);
      assert.equal(replies[0]!.reversePath, '');
      assert.match(replies[0]!.text, /^From: a\d+@example.test\r\nTo: s\d+@far.example\r\nSubject: Fort\r\n/);
      assert.match(
        replies[0]!.text,
        /Auto-Submitted: auto-replied\r\n[\s\S]*In-Reply-To: <1@far.example>\r\n/,
      );
      assert.equal(
        Buffer.from(replies[0]!.text.split('\r\n\r\n')[1]!, 'base64').toString(),
        'Bis Montag – grüße',
      );
      assert.equal((await account.status('INBOX')).messages, 2);

      await use(account, 'require "reject"; reject "Not today";');
      await deliver(account, headers, 'x\r\n', sender);
      const [, report] = await outgoing(account, sender);
      assert.match(report!.text, /report-type=disposition-notification/);
      assert.match(report!.text, /Original-Message-ID: <1@far.example>/);
      assert.equal((await account.status('INBOX')).messages, 2);
      await deliver(account, headers, 'x\r\n', '');
      assert.equal(
        (await account.status('INBOX')).messages,
        2,
        'nobody is told, and it is refused all the same',
      );
    });

    test('editheader delivers the edited message; body and duplicate', async () => {
      const account = await world().account();
      await use(
        account,
        `require ["editheader", "body", "duplicate", "fileinto"];
       if duplicate { discard; stop; }
       if body :contains "grüße" { addheader "X-Seen" "yes"; deleteheader "subject"; fileinto "Archive"; }`,
      );
      const headers =
        'Subject: s\r\nMessage-ID: <d@x>\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n';
      await deliver(account, headers, 'Gr=C3=BC=C3=9Fe\r\n');
      await deliver(account, headers, 'Gr=C3=BC=C3=9Fe\r\n');
      const text = await onlyText(account, 'Archive');
      assert.match(text, /^X-Seen: yes\r\nReturn-Path: /);
      assert.doesNotMatch(text, /Subject/);
      assert.match(text, /\r\n\r\nGr=C3=BC=C3=9Fe\r\n$/);
      assert.equal((await account.status('INBOX')).messages, 0);
      await account.check();
    });

    test('a script that fails while it runs keeps the message, and does nothing else', async () => {
      const account = await world().account();
      const to = `never-${account.id}@far.example`;
      await use(account, `require ["reject", "copy"]; redirect :copy "${to}"; reject "both cannot be";`);
      await deliver(account, 'Subject: kept\r\n');
      assert.equal((await account.status('INBOX')).messages, 1);
      assert.deepEqual(await outgoing(account, to), []);
    });

    test('details begin where the setting says', async () => {
      const account = await world().account();
      const [local, domain] = account.address.split('@');
      await use(
        account,
        `require ["envelope", "subaddress", "fileinto"];
       if envelope :detail "to" "Archive" { fileinto "Archive"; }
       if allof(envelope :user "to" "${local}", envelope :detail "to" "a-b") { fileinto "Drafts"; }`,
      );
      const to = (detail: string): Partial<Submission> => ({
        recipients: [
          { target: { kind: 'local', account: account.id, forwardPath: `${local}${detail}@${domain}` } },
        ],
      });
      for (const detail of ['-Archive', '+Archive', '+a-b', '-a-b', '_Archive'])
        await deliver(account, 'Subject: d\r\n', undefined, undefined, to(detail));
      assert.deepEqual(
        [(await account.status('Archive')).messages, (await account.status('Drafts')).messages],
        [2, 2],
      );
      assert.equal((await account.status('INBOX')).messages, 1);
    });

    const JUNK = { junk: true };
    const counts = async (account: AccountWorld) =>
      Promise.all(['INBOX', 'Junk', 'Archive'].map(async (name) => (await account.status(name)).messages));

    test('quarantine: into Junk without a script, also found by the poll', async () => {
      const account = await world().account();
      await deliver(account, 'Subject: a\r\n', undefined, undefined, JUNK);
      await deliver(account, 'Subject: b\r\n');
      assert.deepEqual(await counts(account), [1, 1, 0]);
      await deliver(account, 'Subject: c\r\n', undefined, undefined, { ...JUNK, heldUntil: 4e12 });
      await sql`update spool_local set queued_at = 1 where account_id = ${account.id}`.execute(
        account.ports.database.kysely,
      );
      await settled(account);
      assert.deepEqual(await counts(account), [1, 2, 0]);
      // Nobody has told what it is for by its use: the name will do, and is made when it is gone.
      await account.ask('delete', { name: 'Junk' });
      await deliver(account, 'Subject: d\r\n', undefined, undefined, JUNK);
      assert.deepEqual(await counts(account), [1, 1, 0]);
    });

    test('quarantine: a script may file and discard, and sends nothing out', async () => {
      const account = await world().account();
      const sender = `q${account.id}@far.example`;
      const to = `friend-${account.id}@far.example`;
      const rows: [script: string, counted: number[]][] = [
        ['keep;', [0, 1, 0]],
        ['require "fileinto"; fileinto "Archive";', [0, 1, 1]],
        ['require ["fileinto", "copy"]; fileinto :copy "Archive";', [0, 2, 2]],
        ['discard;', [0, 2, 2]],
        [`redirect "${to}";`, [0, 3, 2]],
        ['require "reject"; reject "no";', [0, 4, 2]],
        ['require "vacation"; vacation "away";', [0, 5, 2]],
        ['require ["reject", "copy"]; redirect :copy "x@far.example"; reject "both cannot be";', [0, 6, 2]],
      ];
      for (const [script, counted] of rows) {
        await use(account, script);
        await deliver(account, `To: ${account.address}\r\n`, undefined, sender, JUNK);
        assert.deepEqual(await counts(account), counted, script);
      }
      assert.deepEqual([await outgoing(account, sender), await outgoing(account, to)], [[], []]);
      await deliver(account, `X: ${'y'.repeat(300_000)}\r\n`, undefined, sender, JUNK);
      assert.deepEqual(await counts(account), [0, 7, 2], 'a header that is too long to be filtered by');
    });

    test('a redirect to an alias that is too large keeps the message', async () => {
      const account = await world().account();
      const alias = `all-${account.id}@example.test`;
      await sql`insert into alias (address, target)
      select ${alias}, 'm' || n || '@far.example' from generate_series(1, 1001) n`.execute(
        account.ports.database.kysely,
      );
      await use(account, `require ["copy", "fileinto"]; fileinto :copy "Archive"; redirect "${alias}";`);
      await deliver(account, 'Subject: kept\r\n');
      assert.equal((await account.status('INBOX')).messages, 1);
      assert.equal((await account.status('Archive')).messages, 1);
    });

    test('a message that is damaged is delivered as it is', async () => {
      const account = await world().account();
      const { kysely } = account.ports.database;
      await use(account, `require "copy"; redirect :copy "damaged-${account.id}@far.example";`);
      await deliver(account, 'Subject: decay\r\n', 'x'.repeat(99), undefined, { heldUntil: 4e12 });
      const own = sql`(select email_id from spool_local where account_id = ${account.id})`;
      await sql`update message set inline = set_byte(inline, 90, 1), crc32 = 7 where email_id = ${own}`.execute(
        kysely,
      );
      await sql`update spool_local set queued_at = 1 where account_id = ${account.id}`.execute(kysely);
      await settled(account);
      assert.equal((await account.status('INBOX')).messages, 1);
      assert.deepEqual(await outgoing(account, `damaged-${account.id}@far.example`), []);
    });
  },
  { DETAIL_SEPARATORS: '+-' },
);
