import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { releasedMessages } from '../../../services/mailbox-store/housekeeping/released-messages.ts';
import { createDirectory } from '../../../shared/actor/directory.ts';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import { parseStructure } from '../../../shared/message/parser.ts';
import { fold } from '../../../shared/search/fold.ts';
import { SearchIndex, type TextQuery } from '../../../shared/search/search-index.ts';
import { SEGMENT_MESSAGES } from '../../../shared/search/slices.ts';
import { type AccountWorld, NO_FLAGS, onBothDatabases, requestId, type World } from './world.ts';

const DAY_MS = 86_400_000;

onBothDatabases('search index', (world) => {
  async function indexed(account: AccountWorld): Promise<void> {
    const mailboxId = await account.idOf('INBOX');
    while ((await account.ask('index', { mailboxId })).more);
  }

  const count = async (table: string): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(
      world().ports.database.kysely,
    );
    return rows[0]!.n;
  };

  test('a message is decoded once, whoever has it in whatever mailboxes; it goes with its bytes', async () => {
    const [one, other] = [await world().account(), await world().account()];
    const before = await count('message_text');
    const id = await append(world(), one, ['Subject: shared\r\n\r\nthe body\r\n']);
    await other.ask('append', {
      requestId: requestId(),
      name: 'INBOX',
      messages: [{ emailId: id[0]!, size: 30, internalDate: 0, flags: NO_FLAGS }],
    });
    const inbox = await one.idOf('INBOX');
    await one.ask('copy', { requestId: requestId(), from: inbox, uids: '1', to: 'Archive', move: false });
    await indexed(one);
    await indexed(other);
    assert.equal(await count('message_text'), before + 1);
    const index = new SearchIndex(world().ports.database);
    for (const [account, name] of [
      [one, 'INBOX'],
      [one, 'Archive'],
      [other, 'INBOX'],
    ] as const) {
      const mailbox = { account: account.id, mailboxId: await account.idOf(name) };
      const state = await index.state(mailbox);
      assert.deepEqual([...state.undecided], []);
      assert.deepEqual(await index.text(mailbox, state, { in: 'body', needle: 'body' }), [1], name);
    }

    await one.ask('delete', { name: 'Archive' });
    await one.ask('expunge', { mailboxId: inbox, always: true });
    const { database } = world().ports;
    const replica = `collector-${requestId()}`;
    await createDirectory(database, 'destination', DAY_MS).join(replica, replica);
    const collect = (): Promise<unknown> =>
      releasedMessages().round({
        database,
        fence: () => ({ replicaId: replica }),
        now: () => Date.now() + 2 * DAY_MS,
      });
    await collect();
    assert.equal(await count('message_text'), before + 1, 'another account has it');
    await other.ask('expunge', { mailboxId: await other.idOf('INBOX'), always: true });
    await collect();
    assert.equal(await count('message_text'), before);
    const { rows } = await sql`select 1 from account_message where email_id = ${id[0]!}::uuid
      union all select 1 from message_sort where email_id = ${id[0]!}::uuid
      union all select 1 from thread_reference where account_id in (${one.id}, ${other.id})`.execute(
      database.kysely,
    );
    assert.equal(rows.length, 0);
  });

  test('over segments and what is in none, each string finds what its text has', async () => {
    const account = await world().account();
    const total = SEGMENT_MESSAGES + 40;
    const texts = Array.from(
      { length: total },
      (_, at) => `needle${at % 97} Ünïcode${(at * 31) % 211} ${at % 2 ? 'odd' : 'even'}`,
    );
    await append(
      world(),
      account,
      texts.map(
        (text, at) =>
          `Subject: ${text.slice(0, 8)} s${at}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`,
      ),
    );
    await indexed(account);
    const { rows } = await sql<{ segments: number; next_ord: number }>`
      select segments, next_ord from search_account where account_id = ${account.id}`.execute(
      world().ports.database.kysely,
    );
    assert.deepEqual(rows, [{ segments: 1, next_ord: total }]);
    const index = new SearchIndex(world().ports.database);
    const mailbox = { account: account.id, mailboxId: await account.idOf('INBOX') };
    const state = await index.state(mailbox);
    const found = async (query: TextQuery): Promise<number[]> =>
      (await index.text(mailbox, state, { ...query, needle: fold(query.needle) }))!.sort((a, b) => a - b);
    const having = (has: (text: string, at: number) => boolean): number[] =>
      texts.flatMap((text, at) => (has(text, at) ? [at + 1] : []));
    for (const needle of ['needle5', 'NEEDLE96 ü', 'ïcode21', 'odd', 'od', 'x', 'unicode7', 'nothing', ' '])
      assert.deepEqual(
        await found({ in: 'body', needle }),
        having((text) => fold(`${text}\r\n`).includes(fold(needle))),
        needle,
      );
    const subject = (needle: string): TextQuery => ({ in: 'header', field: 'subject', needle });
    assert.deepEqual(
      await found(subject('s1040')),
      having((_, at) => `s${at}`.includes('s1040')),
    );
    assert.deepEqual(
      await found(subject('')),
      having(() => true),
    );
    assert.deepEqual(await found(subject('unicode')), []);
    assert.deepEqual(await found({ in: 'header', field: 'from', needle: 's1040' }), []);
    assert.deepEqual(
      await found({ in: 'text', needle: 's104' }),
      having((_, at) => `s${at}`.includes('s104')),
    );
    const few = { first: 3, last: 9, multirange: '{[3,4],[9,9]}' };
    assert.deepEqual(await index.text(mailbox, state, { in: 'body', needle: 'needle' }, few), [3, 4, 9]);
  });

  test('what has more text than the index takes is told as undecided, and so is what is not there yet', async () => {
    const account = await world().account();
    const long = `Subject: long\r\n\r\n${'word '.repeat(300_000)}end\r\n`;
    await append(world(), account, [long, 'Subject: short\r\n\r\nend\r\n']);
    await indexed(account);
    await append(world(), account, ['Subject: late\r\n\r\nend\r\n']);
    const index = new SearchIndex(world().ports.database);
    const mailbox = { account: account.id, mailboxId: await account.idOf('INBOX') };
    const state = await index.state(mailbox);
    assert.deepEqual([...state.undecided].sort(), [1, 3]);
    assert.deepEqual(await index.text(mailbox, state, { in: 'body', needle: 'end' }), [2]);
  });

  test('threads: by Message-ID and references with the base subject, stable, an account each', async () => {
    const account = await world().account();
    const mail = (id: string, subject: string, references = ''): string =>
      `Message-ID: <${id}@x>\r\nSubject: ${subject}\r\n${references === '' ? '' : `References: ${references}\r\n`}\r\n.\r\n`;
    await append(world(), account, [
      mail('a', 'hello'),
      mail('c', 'Re: hello', '<a@x> <b@x>'),
      mail('b', 'RE: Hello', '<a@x>'),
      mail('d', 'other', '<a@x>'),
      mail('e', 'hello'),
      'Subject: hello\r\n\r\nno id\r\n',
      mail('g', 'Fwd: hello', '<e@x> <a@x>'),
    ]);
    const threads = async (): Promise<number[]> => {
      const { rows } = await sql<{ thread_id: string }>`select a.thread_id from account_message a
        join mailbox_message m using (account_id, email_id) where account_id = ${account.id} order by m.uid`.execute(
        world().ports.database.kysely,
      );
      const ids = rows.map((row) => row.thread_id);
      return ids.map((id) => ids.indexOf(id));
    };
    await indexed(account);
    assert.deepEqual(await threads(), [0, 0, 0, 3, 4, 5, 4]);
    await append(world(), account, [mail('h', 'Re: hello', '<b@x>')]);
    await indexed(account);
    assert.deepEqual(await threads(), [0, 0, 0, 3, 4, 5, 4, 0]);
  });
});

/** Appends to INBOX; the EmailIds. */
async function append(world: World, account: AccountWorld, messages: readonly string[]): Promise<string[]> {
  const stored = messages.map((text) => {
    const inline = Buffer.from(text);
    return {
      emailId: makeEmailId(),
      size: inline.length,
      structure: parseStructure(inline),
      inline,
      chunks: 0,
    };
  });
  for (let at = 0; at < stored.length; at += 500) {
    const page = stored.slice(at, at + 500);
    await Promise.all(
      page.map(async (message) => {
        if (message.size < 200_000) return world.ports.storage.commit(message);
        const writer = world.ports.storage.create();
        await writer.write(message.inline);
        const staged = await writer.finish();
        await world.ports.storage.commit(staged);
        message.emailId = staged.emailId;
      }),
    );
    await account.ask('append', {
      requestId: requestId(),
      name: 'INBOX',
      messages: page.map(({ emailId, size }) => ({ emailId, size, internalDate: 0, flags: NO_FLAGS })),
    });
  }
  return stored.map((message) => message.emailId);
}
