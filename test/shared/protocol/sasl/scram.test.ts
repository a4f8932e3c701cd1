import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import { makeVerifier, scramPrimitives } from '../../../../shared/account/scram.ts';
import { SaslDialogue } from '../../../../shared/protocol/sasl/dialogue.ts';
import type { SaslStep } from '../../../../shared/protocol/sasl/mechanism.ts';
import { ScramMechanism } from '../../../../shared/protocol/sasl/scram.ts';

const MALFORMED = { type: 'failure', reason: 'malformed' };
const REFUSED = { type: 'failure', reason: 'invalid-credentials' };
const text = (step: SaslStep) => (step.type === 'challenge' ? Buffer.from(step.data).toString() : step);
const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');

/** RFC 7677 §3: the server's part of the nonce is chosen as there. */
const RFC_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const pencil = await makeVerifier('pencil', { salt: SALT, iterations: 4096 });

function mechanism(options: Partial<ConstructorParameters<typeof ScramMechanism>[0]> = {}): ScramMechanism {
  const primitives = { ...scramPrimitives, nonce: () => RFC_NONCE };
  return new ScramMechanism({
    primitives,
    plus: false,
    plusOffered: false,
    binding: () => undefined,
    ...options,
  });
}

const keys = (...verifiers: (typeof pencil)[]) =>
  ({ kind: 'keys', salt: SALT, iterations: 4096, keys: verifiers }) as const;

/** A client as RFC 5802 §3 writes it, apart from the code under test. */
function clientFinal(
  clientFirst: string,
  serverFirst: string,
  change: { password?: string; bound?: Buffer; nonce?: string; extensions?: string } = {},
): { message: string; serverFinal: string } {
  const bare = clientFirst.slice(clientFirst.indexOf('n=', clientFirst.indexOf(',')));
  const header = clientFirst.slice(0, clientFirst.length - bare.length);
  const bound = change.bound ?? Buffer.from(header);
  const nonce = change.nonce ?? /^r=([^,]+)/.exec(serverFirst)![1];
  const withoutProof = `c=${bound.toString('base64')},r=${nonce}${change.extensions ?? ''}`;
  const salted = pbkdf2Sync(change.password ?? 'pencil', SALT, 4096, 32, 'sha256');
  const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const clientKey = hmac(salted, 'Client Key');
  const authMessage = `${bare},${serverFirst},${withoutProof}`;
  const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
  const proof = clientKey.map((octet, i) => octet ^ signature[i]!);
  const serverFinal = `v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`;
  return { message: `${withoutProof},p=${Buffer.from(proof).toString('base64')}`, serverFinal };
}

test('scram: the exchange of RFC 7677 §3, as lines', () => {
  const dialogue = new SaslDialogue(mechanism());
  const base64 = (line: string) => Buffer.from(line).toString('base64');
  assert.deepEqual(dialogue.start(undefined), { type: 'challenge', text: '' });
  assert.deepEqual(dialogue.line(base64('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')), {
    type: 'verify',
    credentials: { kind: 'scram', authenticationId: 'user', authorizationId: '' },
  });
  assert.deepEqual(dialogue.answer(keys(pencil)), {
    type: 'challenge',
    text: base64('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'),
  });
  const final =
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  assert.deepEqual(dialogue.line(base64(final)), {
    type: 'verify',
    credentials: { kind: 'proof', authenticationId: 'user', authorizationId: '', key: 0 },
  });
  assert.deepEqual(dialogue.answer({ kind: 'verdict', accepted: true }), {
    type: 'challenge',
    text: base64('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='),
  });
  const identity = { authenticationId: 'user', authorizationId: '' };
  assert.deepEqual(dialogue.line(''), { type: 'success', identity });
});

test('scram: any of the keys may have made the proof', async () => {
  const other = await makeVerifier('other', pencil);
  const first = 'n,a=bob@example.test,n=a=2Cb=3Dc,r=abc';
  for (const [password, key] of [
    ['pencil', 0],
    ['other', 1],
    ['wrong', undefined],
  ] as const) {
    const scram = mechanism();
    scram.start(Buffer.from(first));
    const serverFirst = text(scram.answer(keys(pencil, other))) as string;
    const { message, serverFinal } = clientFinal(first, serverFirst, { password });
    const identity = { authenticationId: 'a,b=c', authorizationId: 'bob@example.test' };
    assert.deepEqual(scram.respond(Buffer.from(message)), {
      type: 'verify',
      credentials: { kind: 'proof', ...identity, key },
    });
    const success = { type: 'success', identity, data: Buffer.from(serverFinal) };
    // Even a session that says yes to a wrong proof lets nobody in.
    assert.deepEqual(
      scram.answer({ kind: 'verdict', accepted: true }),
      key === undefined ? REFUSED : success,
    );
  }
});

test('scram: what is no client-first message', () => {
  const table = [
    '',
    'n',
    'n,',
    'n,,',
    'n,,n=user',
    'n,,r=abc,n=user',
    'n,,n=,r=abc',
    'n,,n=user,r=',
    'n,,n=user,r=a b',
    'n,,n=us=er,r=abc',
    'n,,n=us=2cer,r=abc',
    'n,a=,n=user,r=abc',
    'n,a=x=,n=user,r=abc',
    'n,b=x,n=user,r=abc',
    'n,,m=must,n=user,r=abc',
    'x,,n=user,r=abc',
    'p=tls-exporter,,n=user,r=abc',
    'n,,n=user\0,r=abc',
    `n,,n=user,r=${'a'.repeat(513)}`,
    `n,,n=${'a'.repeat(1_025)},r=abc`,
    `n,,n=user,r=abc${',x=y'.repeat(2_000)}`,
  ];
  for (const first of table) {
    assert.deepEqual(mechanism().start(Buffer.from(first)), MALFORMED, first.slice(0, 60));
  }
  assert.equal(mechanism().start(Buffer.from('n,,n=user,r=abc,x=of-no-concern')).type, 'verify');
});

test('scram: what is no client-final message', () => {
  const first = 'n,,n=user,r=abc';
  const play = (change: (message: string) => string) => {
    const scram = mechanism();
    scram.start(Buffer.from(first));
    const { message } = clientFinal(first, text(scram.answer(keys(pencil))) as string);
    return scram.respond(Buffer.from(change(message)));
  };
  assert.deepEqual(
    play((message) => message.replace(/,p=.*/, '')),
    MALFORMED,
  );
  assert.deepEqual(
    play((message) => message.replace(/p=.*/, 'p=AAAA')),
    MALFORMED,
  );
  assert.deepEqual(
    play((message) => message.replace('c=biws', 'c=b')),
    MALFORMED,
  );
  assert.deepEqual(
    play(() => ''),
    MALFORMED,
  );
  const key = (step: SaslStep) =>
    step.type === 'verify' && step.credentials.kind === 'proof' ? step.credentials.key : step;
  assert.equal(key(play((message) => message)), 0);
  // Another header, another nonce, another proof: refused by whoever is asked for the verdict.
  assert.equal(key(play((message) => message.replace('c=biws', 'c=eSws'))), undefined);
  assert.equal(key(play((message) => message.replace('r=abc', 'r=abd'))), undefined);
  assert.equal(key(play((message) => message.replace(/p=..../, 'p=AAAA'))), undefined);
});

test('scram-plus: bound to this channel, and no weaker way is taken while it is offered', () => {
  const data = Buffer.from('what both ends see');
  const binding = (type: string) => (type === 'tls-exporter' ? data : undefined);
  const play = (
    header: string,
    bound: Buffer,
    options: { plus: boolean; plusOffered: boolean } = { plus: true, plusOffered: true },
  ) => {
    const scram = mechanism({ binding, ...options });
    const first = `${header}n=user,r=abc`;
    const step = scram.start(Buffer.from(first));
    if (step.type !== 'verify') return step;
    const { message } = clientFinal(first, text(scram.answer(keys(pencil))) as string, {
      bound: Buffer.concat([Buffer.from(header), bound]),
    });
    const final = scram.respond(Buffer.from(message));
    return final.type === 'verify' && final.credentials.kind === 'proof' ? final.credentials.key : final;
  };
  const nothing = Buffer.alloc(0);
  assert.equal(play('p=tls-exporter,,', data), 0);
  assert.equal(play('p=tls-exporter,,', Buffer.from('what a man in the middle sees')), undefined);
  assert.equal(play('p=tls-exporter,,', nothing), undefined);
  assert.deepEqual(play('p=tls-unique,,', data), REFUSED);
  assert.deepEqual(play('n,,', nothing), MALFORMED);
  const plain = { plus: false, plusOffered: true };
  assert.equal(play('n,,', nothing, plain), 0);
  assert.deepEqual(play('y,,', nothing, plain), REFUSED);
  assert.equal(play('y,,', nothing, { plus: false, plusOffered: false }), 0);
  assert.deepEqual(play('p=tls-exporter,,', data, plain), MALFORMED);
});
