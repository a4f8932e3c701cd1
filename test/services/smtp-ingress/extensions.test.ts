import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { createAccountDirectory } from '../../../shared/account/directory.ts';
import { setAliasOwner } from '../../../shared/account/set-alias-owner.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { Client, PASSWORD, plain, queuedAs, World } from './world.ts';

describe('smtp-ingress: extensions, lists and forwards', () => {
  let world: World;
  let open: Running;
  const database = () => world.opened.ports.database;
  before(async () => {
    world = await World.open();
    open = await world.with(
      { accounts: createAccountDirectory(database(), { srsSecret: 'a key' }) },
      { vrfy: 'always', expn: 'authenticated', etrn: 'authenticated' },
    );
    await createDomain(database(), 'exämple.test');
    await createAccount(database(), { address: 'Grå@exämple.test', password: PASSWORD });
    for (const [address = '', ...targets] of [
      ['away@example.test', 'friend@far.test'],
      ['team@example.test', 'alice@example.test', 'friend@far.test', 'away@example.test'],
      ['list@example.test', 'alice@example.test', 'friend@far.test'],
      ['all@example.test', 'list@example.test', 'other@far.test'],
      ['bob@exämple.test', 'bob@example.test'],
    ])
      await createAlias(database(), { address, targets });
    await setAliasOwner(database(), { address: 'list@example.test', owner: 'bob@example.test' });
  });
  after(() => world.close());

  async function connect(listener = 'smtp', login?: string): Promise<Client> {
    const client = await Client.open(open, listener);
    await client.say('EHLO c.test');
    if (login) assert.match(await client.say(plain(login)), /^235 /);
    return client;
  }

  /** The client sends octets: this is UTF-8 in them. */
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');

  function chunk(client: Client, octets: string, last = ''): Promise<string> {
    client.send(`BDAT ${octets.length}${last}\r\n${octets}`);
    return client.reply();
  }

  async function entries(emailId: string): Promise<string[]> {
    const rows = await database()
      .kysely.selectFrom('spool_remote')
      .selectAll()
      .where('email_id', '=', emailId)
      .orderBy('recipient_no')
      .execute();
    return rows.map((row) =>
      [row.forward_path, row.reverse_path, row.report, row.notify, row.original_recipient]
        .filter(Boolean)
        .join(' '),
    );
  }

  test('what an alias forwards leaves with a reverse-path of ours, and what comes back to that goes to the sender', async () => {
    const client = await connect();
    await client.envelope('Sender@c.test', 'away@example.test');
    const forwarded = queuedAs(await client.message('Subject: x\r\n\r\n'));
    const [entry] = await entries(forwarded);
    const srs = /^friend@far\.test (SRS0=[A-Z2-7]{8}=[A-Z2-7]{2}=c\.test=Sender@example\.test)$/.exec(
      entry ?? '',
    )?.[1];
    assert.ok(srs, entry ?? 'nothing');
    const stored = await world.stored(forwarded);
    assert.match(
      stored,
      /^Return-Path: <SRS0=.*@example\.test>\r\nDelivered-To: away@example\.test\r\nReceived: /,
    );

    await client.envelope('', srs.toLowerCase());
    assert.deepEqual(await entries(queuedAs(await client.message('Subject: bounce\r\n\r\n'))), [
      'sender@c.test',
    ]);
    await client.say('MAIL FROM:<>');
    const forged = srs.replace(/=./, (found) => (found === '=A' ? '=B' : '=A'));
    assert.match(await client.say(`RCPT TO:<${forged}>`), /^550 5\.1\.1 /);
    client.close();
  });

  test('ours and the null reverse-path are forwarded as they are', async () => {
    const client = await connect('submission', 'alice@example.test');
    await client.envelope('alice@example.test', 'away@example.test');
    assert.deepEqual(await entries(queuedAs(await client.message('\r\n'))), [
      'friend@far.test alice@example.test',
    ]);
    await client.envelope('', 'away@example.test');
    assert.deepEqual(await entries(queuedAs(await client.message('\r\n'))), ['friend@far.test']);
    client.close();
  });

  test('a message that was forwarded here before is refused, wherever the field stands', async () => {
    const client = await connect();
    for (const field of ['Delivered-To: Away@example.test', 'delivered-to:\t<away@example.test>']) {
      await client.envelope('a@c.test', 'away@example.test');
      assert.match(
        await client.message(`Received: x\r\n${field}\r\nDelivered-To: else@x\r\n\r\nbody\r\n`),
        /^554 5\.4\.6 Mail forwarding loop/,
      );
    }
    await client.envelope('a@c.test', 'alice@example.test');
    queuedAs(await client.message('Delivered-To: away@example.test\r\n\r\nbody\r\n'));
    client.close();
  });

  test("a list's mail comes from its owner, also when an alias leads to the list", async () => {
    const client = await connect();
    await client.envelope('a@c.test', 'list@example.test');
    const emailId = queuedAs(await client.message('Subject: x\r\n\r\n'));
    assert.deepEqual(await entries(emailId), ['friend@far.test owner-list@example.test']);
    assert.match(await world.stored(emailId), /^Return-Path: <owner-list@example\.test>\r\n/);
    await client.envelope('a@c.test', 'all@example.test');
    const [other, member] = (await entries(queuedAs(await client.message('\r\n')))).sort().reverse();
    assert.match(other ?? '', /^other@far\.test SRS0=/);
    assert.equal(member, 'friend@far.test owner-list@example.test');
    await client.envelope('', 'owner-list@example.test');
    const bounce = queuedAs(await client.message('\r\n'));
    assert.deepEqual((await world.spooled(bounce)).local, ['bob@example.test']);
    assert.match(await client.say('MAIL FROM:<>'), /^250 /);
    assert.match(await client.say('RCPT TO:<owner-team@example.test>'), /^550 5\.1\.1 /);
    client.close();
  });

  test('DSN parameters are kept for every entry, and NOTIFY=SUCCESS of many is told as expanded', async () => {
    const client = await connect();
    await client.say('MAIL FROM:<a@c.test> RET=HDRS ENVID=E1');
    await client.say('RCPT TO:<team@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;team@x');
    await client.say('RCPT TO:<bob@example.test> NOTIFY=NEVER');
    await client.say('DATA');
    const emailId = queuedAs(await client.message('Subject: x\r\n\r\n'));
    const [friend, expanded] = await entries(emailId);
    assert.match(friend ?? '', /^friend@far\.test SRS0=\S+ 4 rfc822;team@x$/);
    assert.equal(expanded, 'team@example.test a@c.test expanded 6 rfc822;team@x');
    const local = await database()
      .kysely.selectFrom('spool_local')
      .select(['forward_path', 'dsn'])
      .where('email_id', '=', emailId)
      .orderBy('forward_path')
      .execute();
    const kept = local.map(({ forward_path, dsn }) => {
      const { notify, envelope, content } = dsn as Record<string, unknown>;
      return [forward_path, notify, envelope, content];
    });
    assert.deepEqual(kept, [
      ['alice@example.test', 4, 'E1', 'headers'],
      ['bob@example.test', 1, 'E1', 'headers'],
    ]);
    client.close();
  });

  test('UTF-8 addresses, in U-labels and A-labels, reach their account; its trace fields are UTF-8', async () => {
    const client = await connect();
    for (const path of ['grå@exämple.test', 'GRÅ@xn--exmple-cua.test', 'gra\u030a+news@EXÄMPLE.test']) {
      await client.say(utf8('MAIL FROM:<bücher@c.test> SMTPUTF8'));
      assert.match(await client.say(utf8(`RCPT TO:<${path}>`)), /^250 /);
      await client.say('DATA');
      const emailId = queuedAs(await client.message('Subject: gr\xc3\xbcn\r\n\r\n'));
      const stored = Buffer.from(await world.stored(emailId), 'latin1').toString('utf8');
      assert.match(
        stored,
        new RegExp(
          `^Return-Path: <bücher@c\\.test>\\r\\n[\\s\\S]*with UTF8SMTP id ${emailId}\\r\\n\\tfor <${path.replace('+', '\\+')}>;`,
        ),
      );
    }
    const login = await connect('submission', 'grå@exämple.test');
    assert.match(await login.say(utf8('MAIL FROM:<grå@exämple.test> SMTPUTF8')), /^250 /);
    assert.match(await login.say(utf8('RCPT TO:<ö@far.test>')), /^250 /);
    login.close();
    client.close();
  });

  test('an IDN domain with an ASCII local part goes out as A-label', async () => {
    const client = await connect('submission', 'alice@example.test');
    await client.say('MAIL FROM:<alice@example.test> SMTPUTF8');
    await client.say(utf8('RCPT TO:<a@bücher.example>'));
    await client.say('DATA');
    assert.deepEqual(await entries(queuedAs(await client.message('\r\n'))), [
      'a@xn--bcher-kva.example alice@example.test',
    ]);
    client.close();
  });

  test('what a submitter asks of the relay is kept; only those we know go before others', async () => {
    const client = await connect('submission', 'alice@example.test');
    const before = Date.now();
    await client.say('MAIL FROM:<alice@example.test> MT-PRIORITY=5 BY=600;NT HOLDFOR=3600');
    await client.say('RCPT TO:<x@far.test>');
    await client.say('RCPT TO:<bob@example.test>');
    await client.say('DATA');
    const emailId = queuedAs(await client.message('\r\n'));
    const remote = await database()
      .kysely.selectFrom('spool_remote')
      .selectAll()
      .where('email_id', '=', emailId)
      .executeTakeFirstOrThrow();
    const local = await database()
      .kysely.selectFrom('spool_local')
      .selectAll()
      .where('email_id', '=', emailId)
      .executeTakeFirstOrThrow();
    assert.deepEqual([remote.priority, remote.deliver_by], [5, 'notify-trace']);
    assert.ok(remote.deliver_by_at! >= before + 600_000 && remote.next_attempt_at >= before + 3_600_000);
    assert.ok(local.queued_at >= before + 3_600_000);
    const mx = await connect();
    await mx.say('MAIL FROM:<a@c.test> MT-PRIORITY=5');
    await mx.say('RCPT TO:<bob@example.test>');
    await mx.say('DATA');
    assert.match(await mx.message('\r\n'), /^250 2\.3\.6 0 is the new priority/);
    assert.match(await mx.say('MAIL FROM:<a@c.test> HOLDFOR=60'), /^555 5\.5\.4 /);
    client.close();
    mx.close();
  });

  test('chunks, binary content, and a header that is looked at all the same', async () => {
    const client = await connect('submission', 'alice@example.test');
    await client.say('MAIL FROM:<alice@example.test> BODY=BINARYMIME');
    await client.say('RCPT TO:<x@far.test>');
    assert.match(await chunk(client, 'From: alice@example.test\r\nSubject: x\r\n'), /^250 2\.0\.0 /);
    const emailId = queuedAs(await chunk(client, '\r\n\0\n.\n\x01\x02', ' LAST'));
    const stored = await world.stored(emailId);
    assert.match(
      stored,
      /\r\nFrom: alice@example.test\r\nSubject: x\r\nDate: .*\r\nMessage-ID: .*\r\n\r\n\0\n\.\n\x01\x02$/,
    );
    assert.match((await world.spooled(emailId)).remote[0]!, / binary /);
    client.close();
  });

  test('LMTP: UTF-8, chunks, and a reply for each recipient after the last one', async () => {
    const client = await Client.open(open, 'lmtp');
    await client.say('LHLO c.test');
    await client.say(utf8('MAIL FROM:<ä@c.test> SMTPUTF8'));
    await client.say(utf8('RCPT TO:<grå@exämple.test>'));
    await client.say('RCPT TO:<alice@example.test>');
    const first = queuedAs(await chunk(client, '\r\nx', ' LAST'));
    assert.equal(queuedAs(await client.reply()), first);
    assert.match(await world.stored(first), / with UTF8LMTP id /);
    client.close();
  });

  test('VRFY tells what it may: 250, 251, 252, 550, 551 and 553', async () => {
    const client = await connect();
    const told = async (name: string) => (await client.say(utf8(`VRFY ${name}`))).slice(0, 60);
    assert.equal(await told('alice@example.test'), '250 2.1.5 <alice@example.test>');
    assert.equal(await told('<Alice+x@example.test>'), '250 2.1.5 <Alice+x@example.test>');
    assert.equal(await told('alice'), '250 2.1.5 <alice@example.test>');
    assert.match(await told('bob'), /^553 5\.1\.4 /);
    assert.match(await told('nobody'), /^550 5\.1\.1 /);
    assert.match(await told('nobody@example.test'), /^550 5\.1\.1 /);
    assert.equal(
      await told('away@example.test'),
      '251 2.1.5 User not local; will forward to <friend@far.test>',
    );
    assert.equal(await told('x@far.test'), '551 5.7.1 User not local; please try <x@far.test>');
    assert.match(await told('a b'), /^501 5\.1\.3 /);
    assert.match(await told('grå@exämple.test'), /^553 5\.6\.8 /);
    assert.match(await told('grå@exämple.test SMTPUTF8'), new RegExp(utf8('^250 2\\.1\\.5 <grå@')));
    client.close();
    const ours = await connect('submission', 'alice@example.test');
    assert.match(await ours.say('VRFY x@far.test'), /^252 2\.5\.0 /);
    ours.close();
    const usual = await Client.open(world.running, 'smtp');
    assert.match(await usual.say('VRFY alice@example.test'), /^252 2\.5\.0 /);
    usual.close();
  });

  test('EXPN and ETRN are for those who logged in, where the settings say so', async () => {
    const mx = await connect();
    assert.match(await mx.say('EXPN list@example.test'), /^502 5\.5\.1 /);
    assert.match(await mx.say('ETRN far.test'), /^502 5\.5\.1 /);
    mx.close();
    const stranger = await connect('submission');
    assert.match(await stranger.say('EXPN list@example.test'), /^530 5\.7\.0 /);
    assert.match(await stranger.say('ETRN far.test'), /^459 4\.7\.1 /);
    stranger.close();
    const client = await connect('submission', 'alice@example.test');
    client.send('EXPN list@example.test\r\n');
    assert.equal(await client.line(), '250-2.1.5 <alice@example.test>');
    assert.equal(await client.line(), '250 2.1.5 <friend@far.test>');
    assert.match(await client.say('EXPN nobody@example.test'), /^550 5\.1\.1 /);
    assert.match(await client.say('EXPN x@far.test'), /^550 5\.7\.1 /);
    assert.match(await client.say('ETRN nothing.test'), /^251 2\.0\.0 /);
    assert.match(await client.say('ETRN example.test'), /^459 4\.7\.1 /);
    assert.match(await client.say('ETRN far.test'), /^253 2\.0\.0 \d+ pending/);
    client.close();
  });

  test('settings: other details, letter case that counts, no SRS', async () => {
    const accounts = createAccountDirectory(database(), {
      srs: false,
      rules: { detailSeparators: '-_', caseSensitive: true },
    });
    const kind = async (path: string) => (await accounts.resolve(path)).kind;
    assert.equal(await kind('alice-x@example.test'), 'account');
    assert.equal(await kind('alice_x@example.test'), 'account');
    assert.equal(await kind('alice+x@example.test'), 'unknown');
    assert.equal(await kind('Alice@example.test'), 'unknown');
    assert.equal(await kind('PostMaster@example.test'), 'account');
    assert.equal(await kind('owner-list@example.test'), 'alias');
    assert.equal(await accounts.forwardedReversePath('a@c.test', 'away@example.test'), 'a@c.test');
  });

  test('a host that takes no mail says so, and nothing else but goodbye', async () => {
    const running = await world.with({}, { acceptMail: 'no' });
    const { client, greeting } = await Client.greeted(running, 'smtp');
    assert.match(greeting, /^521 5\.3\.2 /);
    assert.match(await client.say('EHLO c.test'), /^503 5\.5\.1 /);
    assert.match(await client.say('QUIT'), /^221 /);
    client.close();
    const submission = await Client.greeted(running, 'submission');
    assert.match(submission.greeting, /^220 /);
    submission.client.close();
  });
});
