import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cuts } from './cuts.ts';
import { bytes, play } from './server-play.ts';

const WORDS = [
  ...[
    'EHLO c',
    'HELO',
    'MAIL FROM:<a@b>',
    'mail from:',
    'RCPT TO:<b@c>',
    'RCPT TO:<nobody@c>',
    'DATA',
    'RSET',
    'QUI',
    'NOOP',
  ],
  ...[
    'AUTH PLAIN',
    'AUTH LOGIN',
    'AGEAc2VjcmV0',
    '*',
    'STARTTLS',
    'VRFY x',
    'BDAT 1',
    '.',
    '..',
    '<',
    '>',
    '"',
    '\\',
    '@',
    ':',
  ],
  ...[
    '\r\n',
    '\r\n',
    '\r\n',
    '\r\n.\r\n',
    '\n',
    '\r',
    '\0',
    ' ',
    '\t',
    '\xff',
    'SIZE=1',
    '[IPv6:',
    'x'.repeat(600),
  ],
];

/** The same words for the same seed. */
function* babble(seed: number): Generator<string> {
  let state = seed;
  for (let i = 0; i < 120; i++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    yield WORDS[(state >> 8) % WORDS.length]!;
    if ((state & 7) === 0) yield '\r\n';
  }
}

test('smtp server: babble is answered the same however it is cut, and never breaks it', () => {
  for (let seed = 1; seed <= 80; seed++) {
    const input = bytes([...babble(seed)].join(''));
    const [whole, ...others] = Array.from(cuts(input, seed), (pieces) => play(pieces));
    for (const other of others) {
      assert.equal(other.said, whole!.said, `seed ${seed}`);
      assert.deepEqual(other.events, whole!.events, `seed ${seed}`);
      assert.deepEqual(other.messages, whole!.messages, `seed ${seed}`);
    }
    assert.equal(whole!.engine.state === 'waiting', false);
    for (const line of whole!.said.split('\r\n').slice(0, -1)) assert.match(line, /^[2-5]\d\d[ -][ -~]*$/);
  }
});
