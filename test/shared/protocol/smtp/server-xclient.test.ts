import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerEvent } from '../../../../shared/protocol/smtp/server-events.ts';
import { cuts } from './cuts.ts';
import { lines, play } from './server-play.ts';

/** What is said after XCLIENT: the code, and what the session is told. */
const ROWS: readonly [attributes: string, code: number, told?: object][] = [
  [
    'NAME=client.example ADDR=203.0.113.9 PORT=56324 PROTO=ESMTP HELO=helo.example LOGIN=alice@example.test DESTADDR=198.51.100.2 DESTPORT=25',
    220,
    {
      name: 'client.example',
      address: '203.0.113.9',
      port: 56_324,
      helo: 'helo.example',
      login: 'alice@example.test',
      destinationAddress: '198.51.100.2',
      destinationPort: 25,
    },
  ],
  ['addr=IPV6:2001:db8::1', 220, { address: '2001:db8::1' }],
  ['ADDR=ipv6:::1 PROTO=smtp', 220, { address: '::1' }],
  ['ADDR=2001:db8::1', 220, { address: '2001:db8::1' }],
  [
    'NAME=[UNAVAILABLE] ADDR=[TEMPUNAVAIL] PORT=[unavailable] LOGIN=[UNAVAILABLE]',
    220,
    { name: null, address: null, port: null, login: null },
  ],
  ['LOGIN=a+2Bb@example.test', 220, { login: 'a+b@example.test' }],
  ['HELO=[192.0.2.1]', 220, { helo: '[192.0.2.1]' }],
  ['NAME=one.example NAME=two.example', 220, { name: 'two.example' }],
  ['', 501],
  ['ADDR', 501],
  ['ADDR=', 501],
  ['=203.0.113.9', 501],
  ['ADDR=203.0.113.300', 501],
  ['ADDR=client.example', 501],
  ['ADDR=203.0.113.9 COLOUR=red', 501],
  ['PORT=65536', 501],
  ['PORT=-1', 501],
  ['PROTO=HTTP', 501],
  ['NAME=two words', 501],
  ['NAME=two+20words', 501],
  ['HELO=x+0D+0AMAIL', 501],
  ['LOGIN=a+00b', 501],
  ['LOGIN=a=b', 501],
  [`LOGIN=${'x'.repeat(1_500)}`, 220, { login: 'x'.repeat(1_500) }],
  [`LOGIN=${'x'.repeat(2_500)}`, 500],
];

describe('XCLIENT', () => {
  for (const [attributes, code, told] of ROWS) {
    test(`XCLIENT ${attributes.slice(0, 70)}: ${code}`, () => {
      for (const pieces of cuts(lines('EHLO proxy.test', `XCLIENT ${attributes}`))) {
        const asked: ServerEvent[] = [];
        const played = play(pieces, { xclient: true }, (event) => {
          asked.push(event);
          return false;
        });
        assert.deepEqual(played.codes, [250, code]);
        assert.deepEqual(asked, told === undefined ? [] : [{ type: 'xclient', attributes: told }]);
      }
    });
  }

  test('all is forgotten: hello, log-in; a hello that the proxy passed on will do', () => {
    const log = `AUTH PLAIN ${Buffer.from('\0a\0secret').toString('base64')}`;
    for (const pieces of cuts(
      lines('EHLO proxy.test', log, 'XCLIENT ADDR=203.0.113.9', 'MAIL FROM:<a@b>', log, 'EHLO c.test', log),
    ))
      assert.deepEqual(play(pieces, { xclient: true }).codes, [250, 235, 220, 503, 503, 250, 235]);
    const { codes } = play([lines('XCLIENT HELO=c.test', 'MAIL FROM:<a@b>')], { xclient: true });
    assert.deepEqual(codes, [220, 250]);
  });

  test('not within a transaction; and by nobody else', () => {
    const begun = lines('EHLO p', 'MAIL FROM:<a@b>', 'XCLIENT ADDR=203.0.113.9', 'RSET', 'XCLIENT PORT=1');
    assert.deepEqual(play([begun], { xclient: true }).codes, [250, 250, 503, 250, 220]);
    const { codes, said } = play([lines('EHLO p', 'XCLIENT ADDR=203.0.113.9')]);
    assert.deepEqual(codes, [250, 550]);
    assert.doesNotMatch(said, /250.XCLIENT/);
    assert.match(
      play([lines('EHLO p')], { xclient: true }).said,
      /^250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT\r$/m,
    );
  });

  test('the session may turn the client away as at connect: only QUIT is left', () => {
    const { codes } = play(
      [lines('EHLO p', 'XCLIENT ADDR=203.0.113.9', 'EHLO c', 'QUIT')],
      { xclient: true },
      (event, engine) => {
        if (event.type !== 'xclient') return false;
        engine.refuse({ ...REFUSAL });
        return true;
      },
    );
    assert.deepEqual(codes, [250, 554, 503, 221]);
  });
});

const REFUSAL = {
  code: 554,
  enhanced: '5.7.1',
  text: 'Not from there',
  bytes: Buffer.from('554 5.7.1 Not from there\r\n'),
};
