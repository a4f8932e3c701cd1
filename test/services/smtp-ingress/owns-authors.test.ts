import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HeaderScan } from '../../../services/smtp-ingress/header-scan.ts';
import { ownsAuthors } from '../../../services/smtp-ingress/owns-authors.ts';
import { createAlias } from '../../../shared/account/create-alias.ts';
import type { Account } from '../../../shared/account/port.ts';
import { cuts } from '../../shared/protocol/smtp/cuts.ts';
import { Client, plain, queuedAs, World } from './world.ts';

const accounts = {
  mayUseReversePath: async (_: Account, address: string) =>
    ['a@ours.example', 'sales@ours.example', 'ä@ours.example'].includes(address),
};

/** The header's lines, each with its CRLF, and whether the account may send it. */
const ROWS: readonly (readonly [header: string, owned: boolean])[] = [
  ['Subject: none\r\n', true],
  ['From: a@ours.example\r\n', true],
  ['From: "Boss, the" <a@ours.example>\r\n', true],
  ['FROM :\r\n A\r\n\t<sales@ours.example>\r\nTo: b@c.example\r\n', true],
  ['From: a@ours.example, sales@ours.example\r\n', true],
  ['From: Team: a@ours.example, sales@ours.example;\r\n', true],
  ['From: ä@ours.example\r\n', true],
  ['From: ceo@bank.example\r\n', false],
  ['From: a@ours.example, ceo@bank.example\r\n', false],
  ['From: a@ours.example\r\nFrom: ceo@bank.example\r\n', false],
  ['From: a@ours.example\r\n ,ceo@bank.example\r\n', false],
  ['From: <a@ours.example> <ceo@bank.example>\r\n', false],
  ['From: Team: a@ours.example, ceo@bank.example;\r\n', false],
  ['From: Nobody:;\r\n', false],
  ['From:\r\n', false],
  ['From: root\r\n', false],
  ['From: (a@ours.example)\r\n', false],
  [`From: ${'x'.repeat(20_000)} <a@ours.example>\r\n`, false],
  [`${'From: a@ours.example\r\n'.repeat(2_000)}`, false],
  ['Resent-From: ceo@bank.example\r\nSender: ceo@bank.example\r\nX-From: ceo@bank.example\r\n', true],
  ['A: b\r\n\r\nFrom: ceo@bank.example\r\n', true],
];

test('who owns the authors of a message, in any cuts', async () => {
  for (const [header, owned] of ROWS) {
    const ways = header.length > 5_000 ? [[Buffer.from(header)]] : cuts(Buffer.from(header));
    for (const pieces of ways) {
      const scan = new HeaderScan(() => '', undefined, true);
      for (const piece of pieces) scan.read(piece);
      scan.end();
      assert.equal(await ownsAuthors(accounts, {} as Account, scan.authors), owned, header.slice(0, 200));
    }
  }
});

test('From without a line end counts', async () => {
  const scan = new HeaderScan(() => '', undefined, true);
  scan.read(Buffer.from('From: ceo@bank.example'));
  scan.end();
  assert.equal(await ownsAuthors(accounts, {} as Account, scan.authors), false);
});

describe('submission', () => {
  let world: World;
  before(async () => {
    world = await World.open();
    await createAlias(world.opened.ports.database, {
      address: 'sales@example.test',
      targets: ['bob@example.test'],
    });
  });
  after(() => world?.close());

  test('From is the submitter’s own, a detail or an alias of it; others are refused, unless the setting says so', async () => {
    const send = async (running: Parameters<typeof Client.open>[0], from: string): Promise<string> => {
      const client = await Client.open(running, 'submission');
      await client.say('EHLO c.test');
      await client.say(plain('bob@example.test'));
      await client.envelope('bob@example.test', 'alice@example.test');
      const said = await client.message(`From: ${from}\r\nSubject: s\r\n\r\nx\r\n`);
      client.close();
      return said;
    };
    for (const from of ['Bob <bob@example.test>', 'bob+news@example.test', 'Sales <SALES@example.test>'])
      queuedAs(await send(world.running, from));
    for (const from of ['alice@example.test', 'ceo@bank.example', 'bob@example.test, alice@example.test'])
      assert.match(await send(world.running, from), /^550 5\.7\.1 From address is not owned/);
    const lenient = await world.with({}, { fromOwnership: 'reverse-path' });
    queuedAs(await send(lenient, 'ceo@bank.example'));
  });
});
