/** Every reply code of RFC 5321 §4.2.3 and of the extensions that a server can give, each provoked once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { createLogIns } from '../../../shared/account/log-ins.ts';
import { setQuota } from '../../../shared/account/set-quota.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { Client, plain, World } from './world.ts';

const CODES = [
  ...[211, 214, 220, 221, 235, 250, 251, 252, 334, 354],
  ...[421, 450, 451, 452, 454, 455, 459],
  ...[500, 501, 502, 503, 504, 521, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555],
];

const ALICE = 'alice@example.test';

interface Row {
  readonly code: number;
  readonly why: string;
  /** What the reply begins with, after the code. */
  readonly status?: string;
  readonly listener?: 'smtp' | 'submission' | 'lmtp';
  readonly config?: Partial<Config>;
  readonly ports?: (ports: Ports) => Partial<Ports>;
  readonly greeting?: true;
  /** Said one after the other; the reply to the last one counts. */
  readonly lines?: readonly string[];
}

const AWAY = new Error('on purpose');
const hello = 'EHLO c.test';
const from = 'MAIL FROM:<a@c.test>';
const to = `RCPT TO:<${ALICE}>`;
const logIn = plain(ALICE);
const ours = `MAIL FROM:<${ALICE}>`;
const submission = 'submission';

const ROWS: readonly Row[] = [
  { code: 211, status: '2.0.0', why: 'the state of the connection', lines: ['HELP STATUS'] },
  { code: 214, status: '2.0.0', why: 'help', lines: ['HELP RCPT'] },
  { code: 220, status: 'mail.example.test ESMTP', why: 'the greeting', greeting: true },
  { code: 220, status: '2.0.0', why: 'STARTTLS', lines: [hello, 'STARTTLS'] },
  {
    code: 220,
    status: 'mail.example.test ESMTP',
    why: 'XCLIENT',
    config: { xclientNetworks: ['127.0.0.1'] },
    lines: ['XCLIENT ADDR=203.0.113.9'],
  },
  { code: 221, status: '2.0.0', why: 'QUIT', lines: ['QUIT'] },
  { code: 235, status: '2.7.0', why: 'AUTH', listener: submission, lines: [hello, logIn] },
  { code: 250, status: '2.0.0', why: 'NOOP', lines: ['NOOP'] },
  { code: 250, status: '2.1.0', why: 'MAIL', lines: [hello, from] },
  { code: 250, status: '2.1.5', why: 'RCPT', lines: [hello, from, to] },
  {
    code: 251,
    status: '2.1.5',
    why: 'an alias that leads to another server',
    config: { vrfy: 'always' },
    lines: ['VRFY <away@example.test>'],
  },
  { code: 252, status: '2.5.0', why: 'VRFY does not tell', lines: [`VRFY <${ALICE}>`] },
  { code: 334, status: 'VXNlcm5hbWU6', why: 'AUTH asks', listener: submission, lines: [hello, 'AUTH LOGIN'] },
  { code: 354, status: 'End data', why: 'DATA', lines: [hello, from, to, 'DATA'] },
  {
    code: 421,
    status: '4.5.2',
    why: 'BDAT of no length: where the content ends is not known',
    lines: [hello, from, to, 'BDAT many'],
  },
  { code: 421, status: '4.7.0', why: 'a web browser', lines: ['GET / HTTP/1.1'] },
  {
    code: 421,
    status: '4.7.0',
    why: 'too many connections',
    config: { trustedNetworks: [], connectionRate: 0 },
    greeting: true,
  },
  {
    code: 450,
    status: '4.7.1',
    why: 'more messages a minute than one network may send',
    config: { trustedNetworks: [], messageRate: 1 },
    lines: [hello, from, 'RSET', from],
  },
  {
    code: 451,
    status: '4.3.0',
    why: 'the directory cannot be asked',
    ports: ({ accounts }) => ({
      accounts: { ...accounts, resolve: () => Promise.reject(AWAY) },
    }),
    lines: [hello, from, to],
  },
  { code: 452, status: '4.2.2', why: 'a full mailbox', lines: [hello, from, 'RCPT TO:<bob@example.test>'] },
  {
    code: 452,
    status: '4.5.3',
    why: 'more recipients than are taken at once',
    config: { maxRecipients: 1 },
    lines: [hello, from, to, 'RCPT TO:<postmaster@example.test>'],
  },
  {
    code: 454,
    status: '4.7.0',
    why: 'a log-in cannot be checked',
    listener: submission,
    ports: () => ({
      logIns: {
        of: (_protocol, connection) => {
          const real = opened().logIns.of('smtp', connection);
          return { offer: () => real.offer(), check: () => Promise.reject(AWAY) };
        },
        close: async () => {},
      },
    }),
    lines: [hello, logIn],
  },
  {
    code: 455,
    status: '4.7.1',
    why: 'more held messages than one account may have',
    listener: submission,
    config: { heldMessages: 1 },
    lines: [hello, logIn, `${ours} HOLDFOR=60`, 'RSET', `${ours} HOLDFOR=60`],
  },
  {
    code: 459,
    status: '4.7.1',
    why: 'ETRN by a stranger (RFC 1985)',
    listener: submission,
    config: { etrn: 'authenticated' },
    lines: [hello, 'ETRN elsewhere.test'],
  },
  { code: 500, status: '5.5.2', why: 'no such command', lines: ['FROBNICATE'] },
  { code: 500, status: '5.5.2', why: 'a line too long', lines: [`NOOP ${'x'.repeat(600)}`] },
  { code: 501, status: '5.1.7', why: 'no address', lines: [hello, 'MAIL FROM:<@>'] },
  { code: 502, status: '5.5.1', why: 'TURN', lines: [hello, 'TURN'] },
  { code: 502, status: '5.5.1', why: 'EXPN is not offered', lines: [hello, 'EXPN list'] },
  { code: 503, status: '5.5.1', why: 'RCPT before MAIL', lines: [hello, to] },
  {
    code: 504,
    status: '5.5.4',
    why: 'no such mechanism',
    listener: submission,
    lines: [hello, 'AUTH GSSAPI'],
  },
  {
    code: 521,
    status: '5.3.2',
    why: 'a host without mail (RFC 7504)',
    config: { acceptMail: 'no' },
    greeting: true,
  },
  { code: 530, status: '5.7.0', why: 'mail without a log-in', listener: submission, lines: [hello, ours] },
  {
    code: 534,
    status: '5.7.9',
    why: 'a mechanism that is too weak for this server',
    listener: submission,
    ports: (ports) => ({
      logIns: createLogIns({
        ...ports,
        config: { ...world.opened.config, authMechanisms: ['SCRAM-SHA-256'] },
      }),
    }),
    lines: [hello, logIn],
  },
  {
    code: 535,
    status: '5.7.8',
    why: 'a wrong password',
    listener: submission,
    lines: [hello, plain(ALICE, 'wrong')],
  },
  {
    code: 538,
    status: '5.7.11',
    why: 'a password in clear',
    listener: submission,
    config: { plaintextAuth: 'never' },
    lines: [hello, logIn],
  },
  {
    code: 550,
    status: '5.1.1',
    why: 'no such mailbox',
    lines: [hello, from, 'RCPT TO:<nobody@example.test>'],
  },
  { code: 550, status: '5.7.1', why: 'no open relay', lines: [hello, from, 'RCPT TO:<x@elsewhere.test>'] },
  { code: 550, status: '5.7.0', why: 'XCLIENT of a stranger', lines: ['XCLIENT ADDR=203.0.113.9'] },
  {
    code: 551,
    status: '5.7.1',
    why: 'not here, and not by us',
    config: { vrfy: 'always' },
    lines: ['VRFY <x@elsewhere.test>'],
  },
  { code: 552, status: '5.3.4', why: 'larger than is taken', lines: [hello, `${from} SIZE=999999999999`] },
  {
    code: 553,
    status: '5.7.1',
    why: "another's address",
    listener: submission,
    lines: [hello, logIn, 'MAIL FROM:<bob@example.test>'],
  },
  {
    code: 553,
    status: '5.6.7',
    why: 'UTF-8 without SMTPUTF8',
    lines: [hello, 'MAIL FROM:<j\u00c3\u00bc@c.test>'],
  },
  {
    code: 554,
    status: '5.5.1',
    why: 'DATA without a recipient',
    lines: [hello, from, 'RCPT TO:<nobody@example.test>', 'DATA'],
  },
  { code: 555, status: '5.5.4', why: 'no such parameter', lines: [hello, `${from} COLOUR=red`] },
  { code: 555, status: '5.7.10', why: 'REQUIRETLS without TLS', lines: [hello, `${from} REQUIRETLS`] },
];

let world: World;
const opened = (): Ports => world.opened.ports;

describe('reply codes', () => {
  before(async () => {
    world = await World.open();
    const { database } = opened();
    await createAlias(database, { address: 'away@example.test', targets: ['x@elsewhere.test'] });
    await setQuota(database, 'bob@example.test', { quotaBytes: 1, quotaMessages: 0 });
  });
  after(() => world?.close());

  test('none is forgotten', () => {
    const provoked = new Set(ROWS.map(({ code }) => code));
    assert.deepEqual([...provoked].sort(), CODES);
  });

  for (const { code, status = '', why, listener = 'smtp', config, ports, greeting, lines = [] } of ROWS) {
    test(`${code} ${status}: ${why}`, async () => {
      const running =
        config === undefined && ports === undefined
          ? world.running
          : await world.with(ports?.(opened()) ?? {}, config);
      const { client, greeting: greeted } = await Client.greeted(running, listener);
      let said = greeted;
      for (const line of lines) said = await client.say(line);
      assert.ok(greeting || lines.length > 0);
      assert.ok(said.startsWith(`${code} ${status}`), said);
      client.close();
    });
  }
});
