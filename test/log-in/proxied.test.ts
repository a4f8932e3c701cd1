/** Behind a proxy: every listener takes the client's address from the PROXY header, and nothing else for it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listLogIns } from '../../shared/account/list-log-ins.ts';
import { missingProgram, runProgram } from '../clients/program.ts';
import type { Peer } from '../transcripts/peer.ts';
import { type Door, type LogInWorld, openLogInWorld, PASSWORD } from './world.ts';

const HEADER = 'PROXY TCP4 203.0.113.9 198.51.100.2 56324 25\r\n';
const SECRET = Buffer.from(`\0alice@example.test\0${PASSWORD}`).toString('base64');

function said(peer: Peer, line: string, last: RegExp): Promise<string> {
  peer.send(`${line}\r\n`);
  return heard(peer, last);
}

async function heard(peer: Peer, last: RegExp): Promise<string> {
  for (const lines: string[] = []; ; ) {
    const next = await peer.line();
    assert.ok(next !== undefined, `closed after ${lines.join('\n')}`);
    lines.push(next);
    if (last.test(next)) return lines.join('\n');
  }
}

describe('log-in through a proxy', () => {
  let world: LogInWorld;
  before(async () => {
    world = await openLogInWorld({ PROXY_PROTOCOL: '127.0.0.1,2001:db8::/32' });
  });
  after(() => world?.stop());

  const ROWS: readonly {
    door: Door;
    tls: string;
    ready: RegExp;
    logIn: string;
    last: RegExp;
    no: RegExp;
    yes: RegExp;
  }[] = [
    {
      door: 'submission',
      tls: 'STARTTLS',
      ready: /^220 2/,
      logIn: `EHLO c.example\r\nAUTH PLAIN ${SECRET}`,
      last: /^[2-5]\d\d .*(?:[Aa]uth)/,
      no: /538 5\.7\.11/,
      yes: /235 2\.7\.0/,
    },
    {
      door: 'imap',
      tls: 'a STARTTLS',
      ready: /^a OK/,
      logIn: `b AUTHENTICATE PLAIN ${SECRET}`,
      last: /^b /,
      no: /b NO \[PRIVACYREQUIRED\]/,
      yes: /b OK/,
    },
    {
      door: 'pop3',
      tls: 'STLS',
      ready: /^\+OK/,
      logIn: `AUTH PLAIN ${SECRET}`,
      last: /^(?:\+OK|-ERR)/,
      no: /-ERR/,
      yes: /\+OK maildrop/,
    },
    {
      door: 'managesieve',
      tls: 'STARTTLS',
      ready: /^OK/,
      logIn: `AUTHENTICATE "PLAIN" "${SECRET}"`,
      last: /^(?:OK|NO)/,
      no: /^NO \(ENCRYPT-NEEDED\)/m,
      yes: /OK "logged in"/,
    },
  ];
  for (const { door, tls, ready, logIn, last, no, yes } of ROWS) {
    test(`${door}: a password in clear is not taken from afar, and the log knows whence it came`, async () => {
      const greeting = door === 'managesieve' ? /^OK/ : /./;
      const clear = world.connect(door);
      await said(clear, HEADER.trim(), greeting);
      assert.match(await said(clear, logIn, last), no);
      clear.close();
      const peer = world.connect(door);
      await said(peer, HEADER.trim(), greeting);
      await said(peer, tls, ready);
      await peer.startTls();
      if (door === 'managesieve') await heard(peer, /^OK "TLS is active"/);
      assert.match(await said(peer, logIn, last), yes);
      peer.close();
    });
  }

  test('the journal of log-ins has the address of the client', async () => {
    await world.ports.logIns.close();
    const found = await listLogIns(world.ports.database, { address: 'alice@example.test', limit: 100 });
    assert.ok(found.length > 0);
    for (const { remote } of found) assert.equal(remote, '203.0.113.9');
  });

  test('who is no proxy of ours gets no word without a header', async () => {
    for (const door of ['smtp', 'submissions', 'imaps', 'pop3s'] as const) {
      const peer = world.connect(door);
      peer.send('QUIT\r\n');
      assert.equal(await peer.line(), undefined, door);
    }
  });

  test('curl --haproxy-protocol', { skip: missingProgram('curl') }, async () => {
    const curl = (...more: string[]) =>
      runProgram('curl', [
        ...['--silent', '--show-error', '--haproxy-protocol', '--insecure', '--max-time', '20'],
        ...['--user', `alice@example.test:${PASSWORD}`],
        ...more,
      ]);
    await curl('--ssl-reqd', `imap://127.0.0.1:${world.port('imap')}/`);
    await curl(`pop3s://127.0.0.1:${world.port('pop3s')}/`);
    // curl says 127.0.0.1 as itself, which is the loopback of the proxy.
    await assert.rejects(curl(`imap://127.0.0.1:${world.port('imap')}/`), /Login denied/);
  });
});
