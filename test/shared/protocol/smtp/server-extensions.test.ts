import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerEvent, ServerOptions } from '../../../../shared/protocol/smtp/server-events.ts';
import { reply } from '../../../../shared/protocol/smtp/server-reply.ts';
import { cuts } from './cuts.ts';
import { lines, play } from './server-play.ts';

const utf8 = (...all: readonly string[]) => Buffer.from(all.map((line) => `${line}\r\n`).join(''));

const NOW = Date.UTC(2026, 10, 25, 12);
const HOLD = { futureRelease: { maxSeconds: 3_600, now: () => NOW } };

/** MAIL with these parameters: its code, and what the session is told of it. */
const MAIL: readonly [parameters: string, code: number, told?: object, options?: Partial<ServerOptions>][] = [
  ['BODY=BINARYMIME', 250, { body: 'binary' }],
  ['SMTPUTF8', 250, { smtpUtf8: true }],
  ['SMTPUTF8=1', 501],
  ['RET=HDRS ENVID=QQ+2B1', 250, { returnContent: 'headers', envelopeId: 'QQ+2B1' }],
  ['ret=full', 250, { returnContent: 'full' }],
  ['RET=SOME', 501],
  ['ENVID=', 501],
  ['ENVID=a+2b', 501],
  [`ENVID=${'x'.repeat(100)}`, 250, { envelopeId: 'x'.repeat(100) }],
  [`ENVID=${'x'.repeat(101)}`, 501],
  ['REQUIRETLS', 555],
  ['REQUIRETLS', 250, { requireTls: true }, { secure: true }],
  ['REQUIRETLS=1', 501, undefined, { secure: true }],
  ['MT-PRIORITY=-9', 250, { priority: -9 }],
  ['MT-PRIORITY=0', 250, { priority: 0 }],
  ['MT-PRIORITY=10', 501],
  ['MT-PRIORITY=+1', 501],
  ['BY=120;R', 250, { deliverBy: { seconds: 120, mode: 'return', trace: false } }],
  ['BY=-3;nt', 250, { deliverBy: { seconds: -3, mode: 'notify', trace: true } }],
  ['BY=0;R', 501],
  ['BY=120', 501],
  ['BY=1234567890;N', 501],
  ['HOLDFOR=60', 555],
  ['HOLDFOR=3600', 250, { hold: { kind: 'for', seconds: 3_600 } }, HOLD],
  ['HOLDFOR=3601', 501, undefined, HOLD],
  ['HOLDFOR=0', 501, undefined, HOLD],
  ['HOLDUNTIL=2026-11-25T12:30:00Z', 250, { hold: { kind: 'until', at: NOW + 1_800_000 } }, HOLD],
  ['HOLDUNTIL=2026-11-25T14:30:00+02:00', 250, { hold: { kind: 'until', at: NOW + 1_800_000 } }, HOLD],
  ['HOLDUNTIL=2026-11-25T13:00:01Z', 501, undefined, HOLD],
  ['HOLDUNTIL=2026-13-25T13:00:00Z', 501, undefined, HOLD],
  ['HOLDUNTIL=tomorrow', 501, undefined, HOLD],
  ['HOLDFOR=60 HOLDUNTIL=2026-11-25T12:30:00Z', 501, undefined, HOLD],
];

for (const [parameters, code, told, options] of MAIL) {
  test(`smtp extensions: MAIL ${parameters.slice(0, 60)} is ${code}${options ? ' where offered' : ''}`, () => {
    for (const pieces of cuts(lines('EHLO c', `MAIL FROM:<a@b> ${parameters}`))) {
      let asked: ServerEvent | undefined;
      const played = play(pieces, options, (event) => {
        asked = event;
        return false;
      });
      assert.deepEqual(played.codes, [250, code]);
      if (told)
        assert.deepEqual(asked, {
          type: 'mail',
          reversePath: 'a@b',
          size: 0,
          body: '7bit',
          auth: false,
          smtpUtf8: false,
          requireTls: false,
          ...told,
        });
    }
  });
}

const RCPT: readonly [parameters: string, code: number, told?: object][] = [
  ['NOTIFY=NEVER', 250, { notify: 1 }],
  ['NOTIFY=success,FAILURE,Delay', 250, { notify: 14 }],
  ['NOTIFY=NEVER,SUCCESS', 501],
  ['NOTIFY=SUCCESS,SUCCESS', 501],
  ['NOTIFY=', 501],
  ['NOTIFY', 501],
  ['ORCPT=rfc822;Bob+2Bx@d', 250, { notify: 0, originalRecipient: 'rfc822;Bob+2Bx@d' }],
  ['ORCPT=rfc822;a=b', 501],
  ['ORCPT=rfc822', 501],
  ['ORCPT=;x', 501],
  ['ORCPT=utf-8;\\x{E4}@d', 250, { notify: 0, originalRecipient: 'utf-8;\\x{E4}@d' }],
  [`ORCPT=rfc822;${'x'.repeat(494)}`, 501],
  ['SIZE=1', 555],
];

for (const [parameters, code, told] of RCPT) {
  test(`smtp extensions: RCPT ${parameters.slice(0, 60)} is ${code}`, () => {
    for (const pieces of cuts(lines('EHLO c', 'MAIL FROM:<a@b>', `RCPT TO:<b@d> ${parameters}`))) {
      let asked: ServerEvent | undefined;
      const played = play(pieces, {}, (event) => {
        asked = event;
        return false;
      });
      assert.deepEqual(played.codes, [250, 250, code]);
      if (told) assert.deepEqual(asked, { type: 'rcpt', forwardPath: 'b@d', ...told });
    }
  });
}

const PATHS: readonly [address: string, taken: string | undefined][] = [
  ['<grå@exämple.test>', 'grå@exämple.test'],
  ['<пример@例え.test>', 'пример@例え.test'],
  ['<"a ü"@b>', '"a ü"@b'],
  ['<\u0085@b>', undefined],
  ['<a\u00a0b@c>', 'a\u00a0b@c'],
  [`<${'ä'.repeat(127)}@b>`, undefined],
  [`<a@${'ä'.repeat(32)}>`, undefined],
];

for (const [address, taken] of PATHS) {
  test(`smtp extensions: ${JSON.stringify(address.slice(0, 40))} with SMTPUTF8`, () => {
    for (const pieces of cuts(utf8('EHLO c', `MAIL FROM:${address} SMTPUTF8`))) {
      const { codes, events } = play(pieces);
      if (taken !== undefined) assert.deepEqual([codes, events], [[250, 250], [`mail <${taken}>`]]);
      else assert.ok(codes[1]! >= 500 && events.length === 0);
    }
  });
}

test('smtp extensions: a UTF-8 address needs SMTPUTF8 in MAIL, for the recipients as well', () => {
  const client = utf8(
    'EHLO c',
    'MAIL FROM:<ä@b>',
    'MAIL FROM:<a@b>',
    'RCPT TO:<ä@b>',
    'RCPT TO:<a@b> ORCPT=utf-8;ä@b',
    'RSET',
    'MAIL FROM:<a@b> SMTPUTF8',
    'RCPT TO:<ä@b>',
    'RCPT TO:<a@b> ORCPT=utf-8;ä@b',
    'NOOP ä',
  );
  for (const pieces of cuts(client))
    assert.deepEqual(play(pieces).codes, [250, 553, 250, 553, 553, 250, 250, 250, 250, 500]);
});

test('smtp extensions: LIMITS are told, and kept', () => {
  const options = { maxRecipients: 100, maxRecipientDomains: 2, maxTransactions: 2 };
  const client = lines(
    'EHLO c',
    'MAIL FROM:<a@b>',
    'RCPT TO:<a@one>',
    'RCPT TO:<a@two>',
    'RCPT TO:<b@ONE>',
    'RCPT TO:<a@three>',
    'RSET',
    'MAIL FROM:<a@b>',
    'RSET',
    'MAIL FROM:<a@b>',
  );
  for (const pieces of cuts(client)) {
    const { said, codes } = play(pieces, options);
    assert.match(said, /250-LIMITS MAILMAX=2 RCPTMAX=100 RCPTDOMAINMAX=2\r\n/);
    assert.deepEqual(codes, [250, 250, 250, 250, 250, 452, 250, 250, 250, 421]);
  }
});

test('smtp extensions: FUTURERELEASE tells how long', () => {
  assert.match(play([lines('EHLO c')], HOLD).said, /250-FUTURERELEASE 3600 2026-11-25T13:00:00Z\r\n/);
  assert.doesNotMatch(play([lines('EHLO c')]).said, /FUTURERELEASE/);
});

test('smtp extensions: REQUIRETLS is offered under TLS alone, ETRN where it is', () => {
  assert.doesNotMatch(play([lines('EHLO c')]).said, /REQUIRETLS|ETRN/);
  assert.match(
    play([lines('EHLO c')], { secure: true, startQueue: true }).said,
    /ETRN\r\n[\s\S]*REQUIRETLS\r\n/,
  );
});

test('smtp commands: VRFY, EXPN and ETRN ask the session where they are allowed', () => {
  const client = lines(
    'EHLO c',
    'VRFY bob SMTPUTF8',
    'EXPN staff',
    'ETRN Far.Test',
    'ETRN @far',
    'MAIL FROM:<a@b>',
    'ETRN far.test',
  );
  for (const pieces of cuts(client)) {
    const asked: ServerEvent[] = [];
    const { codes } = play(pieces, { verify: true, expand: true, startQueue: true }, (event, engine) => {
      asked.push(event);
      if (event.type === 'verify') engine.accept(reply(251, '2.1.5', 'User not local'));
      else if (event.type === 'expand') engine.refuse(reply(550, '5.1.1', 'No such list'));
      else if (event.type === 'start-queue') engine.accept(reply(253, '2.0.0', '1 pending message'));
      else return false;
      return true;
    });
    assert.deepEqual(codes, [250, 251, 550, 253, 501, 250, 503]);
    assert.deepEqual(asked.slice(0, 3), [
      { type: 'verify', name: 'bob', utf8: true },
      { type: 'expand', name: 'staff', utf8: false },
      { type: 'start-queue', node: 'far.test' },
    ]);
  }
});

test('smtp server: refused at connect, a client may only say QUIT', () => {
  for (const code of [521, 554]) {
    for (const pieces of cuts(lines('EHLO c', 'MAIL FROM:<a@b>', 'FOO', 'QUIT', 'NOOP'))) {
      const { codes, said } = play(pieces, { askConnect: true }, (event, engine) => {
        if (event.type !== 'connect') return false;
        engine.refuse(reply(code, '5.3.2', 'Host does not accept mail'));
        return true;
      });
      assert.deepEqual(codes, [code, 503, 503, 500, 221]);
      assert.doesNotMatch(said, /^220/m);
    }
  }
});

test('smtp server: asked at connect, the greeting waits for the answer', () => {
  const { codes, said } = play([lines('EHLO c')], { askConnect: true }, (event, engine) => {
    if (event.type === 'connect') engine.accept();
    return event.type === 'connect';
  });
  assert.deepEqual(codes, [220, 250]);
  assert.match(said, /^220 mx\.test ESMTP/);
});
