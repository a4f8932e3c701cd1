import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAppPassword } from '../../shared/account/app-passwords.ts';
import { createAccount } from '../../shared/account/create-account.ts';
import { listLogIns } from '../../shared/account/list-log-ins.ts';
import { createLogIns } from '../../shared/account/log-ins.ts';
import type { LogInProtocol } from '../../shared/account/port.ts';
import { isDirectoryRefusal } from '../../shared/account/refusal.ts';
import { setPassword } from '../../shared/account/set-password.ts';
import { missingProgram, runProgram } from '../clients/program.ts';
import { type LogInWorld, openLogInWorld, PASSWORD } from './world.ts';

const GUESSES = 5;

describe('log-in by password', () => {
  let world: LogInWorld;
  let accounts = 0;
  before(async () => {
    world = await openLogInWorld({ LOGIN_GUESSES: String(GUESSES) });
  });
  after(() => world?.stop());

  async function account(): Promise<string> {
    const address = `p${++accounts}@example.test`;
    await createAccount(world.ports.database, { address, password: PASSWORD });
    return address;
  }

  async function appPassword(
    address: string,
    scopes: readonly LogInProtocol[],
    expiresAt: number | null = null,
    name = 'telephone',
  ): Promise<string> {
    const made = await createAppPassword(world.ports.database, address, { name, scopes, expiresAt });
    assert.ok(!isDirectoryRefusal(made), JSON.stringify(made));
    return made.password;
  }

  /** The answers of the three protocols to one name and password. */
  async function answers(address: string, password: string): Promise<string[]> {
    const plain = Buffer.from(`\0${address}\0${password}`).toString('base64');
    const said: string[] = [];
    for (const [door, lines] of [
      ['imap', [`a LOGIN ${address} "${password}"`]],
      ['pop3', [`USER ${address}`, `PASS ${password}`]],
      ['submission', ['HELO c.test', `AUTH PLAIN ${plain}`]],
    ] as const) {
      const peer = world.connect(door);
      await peer.line();
      let last: string | undefined;
      for (const line of lines) {
        peer.send(`${line}\r\n`);
        last = await peer.line();
      }
      said.push((last ?? '<closed>').replace(/^((?:a )?\S+(?: \[[A-Z/]+\])?).*/, '$1'));
      peer.close();
    }
    return said;
  }

  const IN = ['a OK [CAPABILITY', '+OK', '235'];
  const OUT = ['a NO [AUTHENTICATIONFAILED]', '-ERR [AUTH]', '535'];
  const AWAY = ['a NO [LIMIT]', '-ERR [SYS/TEMP]', '454'];
  const short = (said: string[]) =>
    said.map((one) => one.replace(/ CAPABILITY.*/, '').replace(/ IMAP.*/, ''));
  const same = async (address: string, password: string, expected: readonly string[]) =>
    assert.deepEqual(
      short(await answers(address, password)).map((one, i) =>
        expected[i]!.startsWith(one) ? expected[i] : one,
      ),
      expected,
    );

  test('an app password opens what it is for, beside the password of the account', async () => {
    const address = await account();
    const some = await appPassword(address, ['imap', 'smtp']);
    const expired = await createAppPassword(
      world.ports.database,
      address,
      { name: 'old', scopes: ['imap', 'pop3', 'smtp'], expiresAt: 1_000 },
      0,
    );
    assert.ok(!isDirectoryRefusal(expired));
    assert.match(some, /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
    await same(address, PASSWORD, IN);
    await same(address, some, [IN[0]!, OUT[1]!, IN[2]!]);
    await same(address, expired.password, OUT);
    await world.ports.logIns.close();
    const written = await listLogIns(world.ports.database, { address, limit: 100 });
    assert.deepEqual(
      written.map(({ protocol, method, outcome, appPassword }) =>
        [protocol, method, outcome, appPassword].join(' '),
      ),
      [
        'smtp password refused ',
        'pop3 password refused ',
        'imap password refused ',
        'smtp password accepted telephone',
        'pop3 password refused ',
        'imap password accepted telephone',
        'smtp password accepted ',
        'pop3 password accepted ',
        'imap password accepted ',
      ],
    );
    assert.ok(written.every(({ remote, name }) => remote === '127.0.0.1' && name === address));
  });

  test('an app password by SCRAM', { skip: missingProgram('gsasl') }, async () => {
    const address = await account();
    const [imap, smtp] = [
      await appPassword(address, ['imap']),
      await appPassword(address, ['smtp'], null, 'printer'),
    ];
    const gsasl = (password: string) =>
      runProgram('gsasl', [
        '--client',
        '--imap',
        `--connect=127.0.0.1:${world.port('imap')}`,
        '--mechanism=SCRAM-SHA-256',
        `--authentication-id=${address}`,
        `--password=${password}`,
        '--no-starttls',
      ]);
    await gsasl(PASSWORD);
    await gsasl(imap);
    await assert.rejects(gsasl(smtp), /NO \[AUTHENTICATIONFAILED\]/);
  });

  test('a new password of the account ends its app passwords', async () => {
    const address = await account();
    const app = await appPassword(address, ['imap', 'pop3', 'smtp']);
    await setPassword(world.ports.database, address, 'another long password');
    await same(address, 'another long password', IN);
    await same(address, app, OUT);
    const left = await world.ports.database.kysely
      .selectFrom('app_password')
      .innerJoin('account', 'account.account_id', 'app_password.account_id')
      .select('name')
      .where('address', '=', address)
      .execute();
    assert.deepEqual(left, []);
  });

  test('after some wrong ones the account is not asked any more from there, and an unknown one neither', async () => {
    for (const address of [await account(), 'nobody@example.test']) {
      for (let guess = 0; guess < GUESSES; guess += 3)
        await same(address, `guess ${guess}`, guess < 3 ? OUT : [OUT[0]!, OUT[1]!, AWAY[2]!]);
      await same(address, PASSWORD, AWAY);
    }
    // Others are let in all the while.
    await same(await account(), PASSWORD, IN);
    await world.ports.logIns.close();
    const written = await listLogIns(world.ports.database, {
      address: 'nobody@example.test',
      outcome: 'throttled',
      limit: 10,
    });
    assert.equal(written.length, 4);
  });

  test('AUTH_MECHANISMS without PLAIN and LOGIN: no password is taken in clear, by whatever command', async () => {
    const config = { ...world.config, authMechanisms: ['SCRAM-SHA-256', 'EXTERNAL'] };
    const logIns = createLogIns({ ...world.ports, config });
    const connection = {
      remoteAddress: '192.0.2.1',
      network: '192.0.2.1',
      secure: {},
      clientAddresses: [],
      channelBinding: () => undefined,
    };
    const one = logIns.of('imap', connection);
    assert.deepEqual(one.offer().names, ['SCRAM-SHA-256']);
    const credentials = { authenticationId: await account(), authorizationId: '', password: PASSWORD };
    assert.equal((await one.check({ kind: 'password', ...credentials })).outcome, 'refused');
    assert.equal((await one.check({ kind: 'scram', ...credentials })).outcome, 'continue');
    await logIns.close();
  });
});
