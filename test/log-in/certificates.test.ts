/** EXTERNAL (RFC 4422 appendix A): the client certificate says who it is. By curl and OpenSSL, which are not ours. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory } from '../../scripts/servers.ts';
import { testCa } from '../certificates.ts';
import { missingProgram, runProgram } from '../clients/program.ts';
import { type Door, type LogInWorld, openLogInWorld } from './world.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('log-in by certificate', { skip: missingProgram('curl', 'openssl') }, () => {
  const directory = temporaryDirectory('client-certificates');
  const file = (name: string): string => join(directory.path, `${name}.pem`);
  let world: LogInWorld;
  before(async () => {
    const [ca, stranger] = await Promise.all([testCa(), testCa('a stranger')]);
    const people = {
      alice: ca.forPeople(['Alice@example.test']),
      both: ca.forPeople(['alice@example.test', 'bob@example.test']),
      nobody: ca.forPeople(['nobody@example.test']),
      forged: stranger.forPeople(['alice@example.test']),
    };
    for (const [name, made] of Object.entries(people)) {
      const { certificate, key } = await made;
      writeFileSync(file(name), `${certificate.trim()}\n${key}`);
    }
    writeFileSync(file('ca'), ca.certificate);
    world = await openLogInWorld({ TLS_CLIENT_CA: file('ca') });
  });
  after(async () => {
    await world?.stop();
    directory.remove();
  });

  const curl = (door: Door, certificate: string, user = '') => {
    const implicit = door.endsWith('s');
    return runProgram('curl', [
      ...['--silent', '--show-error', '--verbose', '--insecure', '--max-time', '20'],
      ...(implicit ? [] : ['--ssl-reqd']),
      ...['--cert', file(certificate), '--user', `${user}:`, '--login-options', 'AUTH=EXTERNAL'],
      `${door.replace('submission', 'smtp')}://127.0.0.1:${world.port(door)}/`,
      ...(door.startsWith('submission')
        ? ['--mail-from', 'alice@example.test', '--mail-rcpt', 'bob@example.test', '--upload-file', '-']
        : []),
    ]);
  };

  const DOORS: readonly Door[] = ['submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s'];
  for (const door of DOORS) {
    test(`${door}: the account that the certificate names, and no other`, async () => {
      await curl(door, 'alice', 'alice@example.test');
      await assert.rejects(curl(door, 'alice', 'bob@example.test'), /Login denied/);
      await assert.rejects(curl(door, 'nobody', 'nobody@example.test'), /Login denied/);
      // Not offered: nobody vouches for it.
      await assert.rejects(curl(door, 'forged', 'alice@example.test'), /Login denied/);
    });
  }

  test('of several accounts that a certificate names the client says which', async () => {
    await curl('imaps', 'both', 'alice@example.test');
    await curl('submissions', 'both', 'alice@example.test');
    const openssl = await said('pop3', 'both', `AUTH EXTERNAL ${base64('bob@example.test')}`);
    assert.match(openssl, /^\+OK maildrop/m);
    assert.match(await said('pop3', 'both', 'AUTH EXTERNAL ='), /^-ERR \[AUTH\]/m);
  });

  /** What follows the handshake of `openssl s_client -starttls`. */
  async function said(door: Door, certificate: string | undefined, ...lines: string[]): Promise<string> {
    const protocol = door === 'managesieve' ? 'sieve' : door === 'submission' ? 'smtp' : door;
    const args = ['s_client', '-quiet', '-ign_eof', '-starttls', protocol];
    const more = certificate === undefined ? [] : ['-cert', file(certificate), '-key', file(certificate)];
    const end = { pop3: 'QUIT', managesieve: 'LOGOUT', submission: 'QUIT', imap: 'z LOGOUT' }[door as 'pop3'];
    const input = `${[...lines, end].join('\r\n')}\r\n`;
    const out = await runProgram('openssl', [...args, ...more, '-connect', `127.0.0.1:${world.port(door)}`], {
      input,
    });
    return out.toString();
  }

  test('EXTERNAL is offered to those alone who showed a certificate that holds', async () => {
    const rows: readonly [Door, string, RegExp][] = [
      ['submission', 'EHLO client.example', /^250-AUTH .*\bEXTERNAL\b/m],
      ['imap', 'a CAPABILITY', /AUTH=EXTERNAL/],
      ['pop3', 'CAPA', /^SASL .*\bEXTERNAL\b/m],
      ['managesieve', 'CAPABILITY', /^"SASL" ".*\bEXTERNAL\b/m],
    ];
    for (const [door, line, offered] of rows) {
      assert.match(await said(door, 'alice', line), offered);
      for (const certificate of ['forged', undefined])
        assert.doesNotMatch(await said(door, certificate, line), offered, `${door} ${certificate}`);
    }
  });

  test('managesieve', async () => {
    const log = (certificate: string) =>
      said(
        'managesieve',
        certificate,
        `AUTHENTICATE "EXTERNAL" "${base64('alice@example.test')}"`,
        'LISTSCRIPTS',
      );
    assert.match(await log('alice'), /^OK "logged in"/m);
    assert.match(await log('forged'), /^NO /m);
  });
});
