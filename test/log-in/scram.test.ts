/** SCRAM by GNU SASL: a client that is not ours, against each protocol. */
import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { missingProgram, runProgram } from '../clients/program.ts';
import type { Peer } from '../transcripts/peer.ts';
import { type Door, type LogInWorld, openLogInWorld, PASSWORD } from './world.ts';

describe('SCRAM', { skip: missingProgram('gsasl') }, () => {
  let world: LogInWorld;
  before(async () => {
    world = await openLogInWorld();
  });
  after(() => world?.stop());

  /** gsasl ends with status 0 when the server let it in and, for SCRAM, proved itself too. */
  function gsasl(door: Door, mechanism: string, password = PASSWORD, more: readonly string[] = []) {
    const protocol = door.startsWith('imap') ? '--imap' : '--smtp';
    return runProgram('gsasl', [
      '--client',
      protocol,
      `--connect=127.0.0.1:${world.port(door)}`,
      `--mechanism=${mechanism}`,
      '--authentication-id=alice@example.test',
      `--password=${password}`,
      '--no-client-first',
      '--x509-ca-file=',
      ...more,
    ]);
  }

  const ROWS: readonly [Door, string, readonly string[]][] = (['imap', 'submission'] as const).flatMap(
    (door): [Door, string, readonly string[]][] => [
      [door, 'SCRAM-SHA-256', ['--no-starttls']],
      [door, 'SCRAM-SHA-256', ['--starttls', '--no-cb']],
      [door, 'SCRAM-SHA-256-PLUS', ['--starttls']],
      [door, 'PLAIN', ['--starttls']],
    ],
  );

  for (const [door, mechanism, more] of ROWS) {
    test(`${door}: ${mechanism} ${more.join(' ')}`, async () => {
      await gsasl(door, mechanism, PASSWORD, more);
      await assert.rejects(gsasl(door, mechanism, 'wrong', more), /535 5\.7\.8|NO \[AUTHENTICATIONFAILED\]/);
    });
  }

  test('another account is not to be acted for', async () => {
    const as = (authorizationId: string) =>
      gsasl('imap', 'SCRAM-SHA-256', PASSWORD, ['--no-starttls', `--authorization-id=${authorizationId}`]);
    await as('Alice@example.test');
    await assert.rejects(as('bob@example.test'), /NO \[AUTHENTICATIONFAILED\]/);
  });

  test('pop3: the same, line by line', async () => {
    for (const [password, last] of [
      [PASSWORD, /^\+OK maildrop/],
      ['wrong', /^-ERR \[AUTH\]/],
    ] as const) {
      const peer = world.connect('pop3s');
      await peer.startTls();
      await peer.line();
      assert.match(await scramExchange(peer, password), last);
      peer.close();
    }
  });
});

/** AUTH SCRAM-SHA-256 of RFC 5034, worked out by hand; the last line of the server. */
async function scramExchange(peer: Peer, password: string): Promise<string> {
  const said = async (line: string, text: string): Promise<string> => {
    peer.send(`${line}${Buffer.from(text).toString('base64')}\r\n`);
    return (await peer.line()) ?? '<closed>';
  };
  const bare = 'n=carol@example.test,r=fyko+d2lbbFgONRv9qkxdawL';
  const challenge = await said('AUTH SCRAM-SHA-256 ', `n,,${bare}`);
  const serverFirst = Buffer.from(challenge.slice(2), 'base64').toString();
  const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!;
  const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(iterations), 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const withoutProof = `c=biws,r=${nonce}`;
  const authMessage = `${bare},${serverFirst},${withoutProof}`;
  const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
  const proof = Buffer.from(clientKey.map((octet, i) => octet ^ signature[i]!)).toString('base64');
  const answer = await said('', `${withoutProof},p=${proof}`);
  if (!answer.startsWith('+ ')) return answer;
  const verifier = hmac(hmac(salted, 'Server Key'), authMessage).toString('base64');
  assert.equal(Buffer.from(answer.slice(2), 'base64').toString(), `v=${verifier}`);
  return said('', '');
}
