import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HeaderBound,
  MAX_CHECKED_OCTETS,
} from '../../../services/smtp-ingress/authentication/header-bound.ts';
import { cuts } from '../../shared/protocol/smtp/cuts.ts';

/** What is handed over; undefined: too large. */
function bounded(pieces: readonly Uint8Array[]): string | undefined {
  const bound = new HeaderBound();
  const kept = [...pieces.flatMap((piece) => bound.read(piece)), ...bound.end()];
  return bound.tooLarge ? undefined : Buffer.concat(kept).toString('latin1');
}

const SIGNATURE = 'DKIM-Signature: v=1;\r\n\tb=x\r\n';
const PARTIAL = 'DKIM-Signature: v=1; l=10; b=x\r\n';
const LONG_NAME = `${'n'.repeat(300)}: x\r\n`;

const ROWS: readonly (readonly [name: string, message: string, handedOver: string])[] = [
  ['an empty message', '', ''],
  ['a header and a body', 'A: b\r\n\r\nbody\r\n\r\nmore', 'A: b\r\n\r\nbody\r\n\r\nmore'],
  ['a header alone', 'A: b\r\n', 'A: b\r\n'],
  ['no header', '\r\nbody', '\r\nbody'],
  [
    'a line that is no field',
    'A: b\r\nno field\r\nFrom: c\r\n\r\n',
    'A: b\r\n\r\nno field\r\nFrom: c\r\n\r\n',
  ],
  [
    'more signatures than are checked',
    `${SIGNATURE.repeat(13)}A: b\r\n\r\n${SIGNATURE}`,
    `${SIGNATURE.repeat(10)}A: b\r\n\r\n${SIGNATURE}`,
  ],
  [
    'signatures over a part',
    `${PARTIAL}${SIGNATURE}${PARTIAL}A: b\r\n\r\n`,
    `${PARTIAL}${SIGNATURE}A: b\r\n\r\n`,
  ],
  ['a name that nobody has', `A: b\r\n${LONG_NAME}C: d\r\n\r\nx`, 'A: b\r\nC: d\r\n\r\nx'],
];

for (const [name, message, handedOver] of ROWS) {
  test(`header bound: ${name}`, () => {
    for (const pieces of cuts(Buffer.from(message))) assert.equal(bounded(pieces), handedOver);
  });
}

test('header bound: what would take long is not handed over, a large body is', () => {
  const large: readonly string[] = [
    `X: ${'x'.repeat(MAX_CHECKED_OCTETS)}\r\n\r\n`,
    `A: b\r\n${' c\r\n'.repeat(3_000)}\r\n`,
    `A: b\r\n${' c\r\n'.repeat(3_000)}`,
    `From: ${'x'.repeat(20_000)}\r\n\r\n`,
  ];
  for (const message of large) {
    const bytes = Buffer.from(message);
    assert.equal(bounded([bytes]), undefined);
    assert.equal(
      bounded([bytes.subarray(0, 10_000), bytes.subarray(10_000), Buffer.from('more')]),
      undefined,
    );
  }
  const body = `A: b\r\n\r\n${'line\r\n'.repeat(100_000)}`;
  assert.equal(bounded([Buffer.from(body)]), body);
  const typed = 'no field\r\n'.repeat(50_000);
  assert.equal(bounded([Buffer.from(typed)]), `\r\n${typed}`);
});
