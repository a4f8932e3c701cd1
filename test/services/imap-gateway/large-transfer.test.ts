import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ImapClient } from './imap-client.ts';
import { openWorld, type World } from './world.ts';

/** Above what the actor takes in one request. */
const MESSAGES = 20_500;

describe('imap-gateway: COPY and MOVE of more messages than one request may name', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.stop());

  async function open(): Promise<{ client: ImapClient; address: string }> {
    const address = await world.account();
    const account = await world.accountId(address);
    const { database } = world.ports;
    await database.prepared(
      'fill',
      `insert into mailbox_message (account_id, mailbox_id, uid, email_id, mod_seq, size, internal_at, saved_at)
       select $1, mailbox_id, g, gen_random_uuid(), 1, 100, 0, 0 from mailbox, generate_series(1, $2::int) g
       where account_id = $1 and name = 'INBOX'`,
      [account, MESSAGES],
    );
    await database.prepared(
      'count',
      `update mailbox set uid_next = $2::int + 1, messages = $2::int, unseen = $2::int, bytes = $2::int * 100
       where account_id = $1 and name = 'INBOX'`,
      [account, MESSAGES],
    );
    await database.prepared(
      'use',
      'update account set messages_used = $2::int, bytes_used = $2::int * 100 where account_id = $1',
      [account, MESSAGES],
    );
    const client = await world.logIn(address);
    await client.ok('CREATE box');
    await client.ok('SELECT INBOX');
    return { client, address };
  }

  const copies = (): number => world.asked.filter((verb) => verb === 'copy').length;

  /** From the second copy on, once: as if somebody else had been faster. */
  function failSecondCopy(): void {
    const first = copies();
    world.before = (verb) => {
      if (verb !== 'copy' || copies() - first < 2) return undefined;
      world.before = () => undefined;
      return { refused: 'over-quota', text: 'the account is over its quota' };
    };
  }

  async function counts(client: ImapClient, mailbox: string): Promise<string> {
    const [line] = await client.ok(`STATUS ${mailbox} (MESSAGES SIZE)`);
    return line!.replace(/^.*\(/, '(');
  }

  test('COPY has one COPYUID', async () => {
    const { client } = await open();
    const copied = await client.command('COPY 1:* box');
    assert.match(copied.tagged, /^OK \[COPYUID \d+ 1:20500 1:20500\] COPY completed/);
    assert.equal(await counts(client, 'box'), '(MESSAGES 20500 SIZE 2050000)');
    assert.match(await client.tagged('UID COPY 1:20500 INBOX'), /^OK \[COPYUID \d+ 1:20500 20501:41000\]/);
  });

  test('a COPY that fails on its way leaves nothing behind', async () => {
    const { client } = await open();
    failSecondCopy();
    assert.match(await client.tagged('COPY 1:* box'), /^NO \[OVERQUOTA\]/);
    assert.equal(await counts(client, 'box'), '(MESSAGES 0 SIZE 0)');
    assert.equal(await counts(client, 'INBOX'), '(MESSAGES 20500 SIZE 2050000)');
  });

  test('MOVE has one COPYUID, then tells each message gone; one that fails tells what it has moved', async () => {
    const { client } = await open();
    failSecondCopy();
    const part = await client.command('MOVE 1:* box');
    assert.match(part.tagged, /^NO \[OVERQUOTA\]/);
    const [, last] = /^\* OK \[COPYUID \d+ 1:(\d+) 1:\1\]/.exec(part.untagged[0]!)!;
    assert.equal(part.untagged.filter((line) => line.endsWith(' EXPUNGE')).length, Number(last));
    const left = MESSAGES - Number(last);
    assert.equal(await counts(client, 'INBOX'), `(MESSAGES ${left} SIZE ${left * 100})`);
    const rest = await client.command('MOVE 1:* box');
    assert.match(rest.tagged, /^OK MOVE completed/);
    assert.equal(rest.untagged.filter((line) => line.includes('COPYUID')).length, 1);
    assert.equal(await counts(client, 'INBOX'), '(MESSAGES 0 SIZE 0)');
    assert.equal(await counts(client, 'box'), '(MESSAGES 20500 SIZE 2050000)');
  });
});
