import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { createPasswordCheck } from '../../../shared/account/password-check.ts';
import type { ScramVerifier } from '../../../shared/account/port.ts';
import {
  decoyVerifier,
  findPasswordKey,
  MAX_PASSWORD_BYTES,
  makeVerifier,
  preparePassword,
  SCRAM_ITERATIONS,
} from '../../../shared/account/scram.ts';

const salted = ({ salt, iterations, ...key }: ScramVerifier) => ({ salt, iterations, keys: [key] });
const fits = async (password: string, verifier: ScramVerifier) =>
  (await findPasswordKey(password, salted(verifier))) !== undefined;

/** RFC 7677 §3: user `user`, password `pencil`. */
const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const authMessage =
  'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
  'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const clientProof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
const serverSignature = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

test('the example of RFC 7677 §3', async () => {
  const { storedKey, serverKey } = await rfcVerifier();
  assert.equal(createHmac('sha256', serverKey).update(authMessage).digest('base64'), serverSignature);
  const clientSignature = createHmac('sha256', storedKey).update(authMessage).digest();
  const clientKey = clientProof.map((byte, index) => byte ^ clientSignature[index]!);
  assert.deepEqual(createHash('sha256').update(clientKey).digest(), storedKey);
  const verifier = { salt, iterations: 4096, storedKey, serverKey };
  assert.equal(await fits('pencil', verifier), true);
  assert.equal(await fits('pencil ', verifier), false);
});

/** What the server would have stored, worked out by hand as RFC 5802 §3 writes it: Hi is one HMAC after the other. */
async function rfcVerifier(): Promise<{ storedKey: Buffer; serverKey: Buffer }> {
  let u = createHmac('sha256', 'pencil')
    .update(salt)
    .update(Buffer.from([0, 0, 0, 1]))
    .digest();
  const salted = Buffer.from(u);
  for (let i = 1; i < 4096; i += 1) {
    u = createHmac('sha256', 'pencil').update(u).digest();
    for (let at = 0; at < 32; at += 1) salted[at]! ^= u[at]!;
  }
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: createHmac('sha256', salted).update('Server Key').digest(),
  };
}

test('a made verifier fits its password alone, and two of one password differ', async () => {
  const [one, other] = await Promise.all([makeVerifier('secret'), makeVerifier('secret')]);
  assert.equal(one.iterations, SCRAM_ITERATIONS);
  assert.notDeepEqual(one.salt, other.salt);
  assert.notDeepEqual(one.storedKey, other.storedKey);
  assert.equal(await fits('secret', one), true);
  assert.equal(await fits('Secret', one), false);
  assert.equal(await fits('', one), false);
  assert.equal(await fits('se\0cret', one), false);
});

test('one password, however it is typed', async () => {
  const verifier = await makeVerifier('Gr\u00fc\u00df e');
  assert.equal(await fits('Gru\u0308\u00df\u00a0e', verifier), true);
  assert.equal(preparePassword('I\u00adX'), 'IX');
  assert.equal(preparePassword('\u2168'), 'IX');
});

test('what cannot be a password', async () => {
  for (const password of ['', '\u0007', 'a\nb', '\u00ad', 'x'.repeat(MAX_PASSWORD_BYTES + 1), '\ud800']) {
    assert.equal(preparePassword(password), undefined, JSON.stringify(password).slice(0, 20));
    await assert.rejects(makeVerifier(password), RangeError);
  }
});

test('a decoy is stable by secret and address, and looks like a verifier', async () => {
  const secret = Buffer.alloc(32, 7);
  const decoy = decoyVerifier(secret, 'nobody@example.test');
  const real = await makeVerifier('x');
  assert.deepEqual(decoyVerifier(secret, 'nobody@example.test'), decoy);
  assert.notDeepEqual(decoyVerifier(secret, 'noone@example.test').salt, decoy.salt);
  assert.equal(decoy.salt.length, real.salt.length);
  assert.equal(decoy.storedKey.length, real.storedKey.length);
  assert.equal(decoy.iterations, real.iterations);
  assert.equal(await fits('', decoy), false);
});

test('a remembered password is asked for again when the stored key changes', async () => {
  const check = createPasswordCheck();
  const before = salted(await makeVerifier('old'));
  const after = { ...before, keys: salted(await makeVerifier('new')).keys };
  assert.equal(await check('a@example.test', 'old', before), before.keys[0]);
  assert.equal(await check('a@example.test', 'old', before), before.keys[0]);
  assert.equal(await check('a@example.test', 'old', after), undefined);
  assert.equal(await check('b@example.test', 'wrong', before), undefined);
});

test('one derivation finds the password among several of one salt', async () => {
  const [one, other] = [await makeVerifier('one'), await makeVerifier('other')];
  const keys = [one, await makeVerifier('other', other)].map(({ storedKey, serverKey }) => ({
    storedKey,
    serverKey,
  }));
  assert.equal(await findPasswordKey('other', { ...other, keys }), keys[1]);
  assert.equal(await findPasswordKey('one', { ...other, keys }), undefined);
});

test('checks of one password at the same time are one derivation', async () => {
  let derivations = 0;
  const check = createPasswordCheck({
    find: (password, passwords) => {
      derivations += 1;
      return findPasswordKey(password, passwords);
    },
  });
  const verifier = salted(await makeVerifier('secret'));
  const checks = ['secret', 'secret', 'other', 'secret'].map((password) =>
    check('a@example.test', password, verifier),
  );
  const [key] = verifier.keys;
  assert.deepEqual(await Promise.all(checks), [key, key, undefined, key]);
  assert.equal(derivations, 2);
});
