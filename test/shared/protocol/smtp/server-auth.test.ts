import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../../../shared/protocol/smtp/server-events.ts';
import { cuts } from './cuts.ts';
import { lines, play } from './server-play.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PLAIN = base64('\0alice\0secret');
const WRONG = base64('\0alice\0guess');
const longLine = (octets: number, start: string) => start + 'A'.repeat(octets - start.length - 2);

const ROWS: readonly {
  readonly name: string;
  readonly client: readonly string[];
  readonly codes: readonly number[];
  readonly events?: readonly string[];
  readonly options?: Partial<ServerOptions>;
}[] = [
  {
    name: 'PLAIN with initial response',
    client: [`AUTH PLAIN ${PLAIN}`, 'NOOP'],
    codes: [235, 250],
    events: ['auth alice/'],
  },
  { name: 'lower case', client: [`auth plain ${PLAIN}`], codes: [235] },
  { name: 'PLAIN in two steps', client: ['AUTH PLAIN', PLAIN], codes: [334, 235], events: ['auth alice/'] },
  {
    name: 'PLAIN with authorization id',
    client: [`AUTH PLAIN ${base64('bob\0alice\0secret')}`],
    codes: [235],
    events: ['auth alice/bob'],
  },
  {
    name: 'LOGIN',
    client: ['AUTH LOGIN', base64('alice'), base64('secret')],
    codes: [334, 334, 235],
    events: ['auth alice/'],
  },
  {
    name: 'LOGIN with initial response',
    client: [`AUTH LOGIN ${base64('alice')}`, base64('secret')],
    codes: [334, 235],
  },
  {
    name: 'a wrong password, then the right one',
    client: [`AUTH PLAIN ${WRONG}`, `AUTH PLAIN ${PLAIN}`],
    codes: [535, 235],
  },
  {
    name: 'cancelled',
    client: ['AUTH LOGIN', '*', 'AUTH PLAIN', '*', 'NOOP'],
    codes: [334, 501, 334, 501, 250],
    events: [],
  },
  {
    name: 'not base64',
    client: ['AUTH PLAIN x', 'AUTH PLAIN', '!!!!', 'AUTH LOGIN', 'YQ', 'NOOP'],
    codes: [501, 334, 501, 334, 501, 250],
    events: [],
  },
  {
    name: 'not what PLAIN asks for',
    client: [
      `AUTH PLAIN ${base64('alice')}`,
      'AUTH PLAIN =',
      `AUTH PLAIN ${base64('\0\0secret')}`,
      `AUTH PLAIN ${base64('\0a\0b\0c')}`,
    ],
    codes: [501, 501, 501, 501],
    events: [],
  },
  { name: 'an empty answer to LOGIN', client: ['AUTH LOGIN', ''], codes: [334, 501] },
  { name: 'an unknown mechanism', client: ['AUTH CRAM-MD5', 'NOOP'], codes: [504, 250] },
  { name: 'a second argument too many', client: [`AUTH PLAIN ${PLAIN} x`], codes: [501] },
  { name: 'twice', client: [`AUTH PLAIN ${PLAIN}`, `AUTH PLAIN ${PLAIN}`], codes: [235, 503] },
  { name: 'not offered here', client: [`AUTH PLAIN ${PLAIN}`], codes: [502], options: { auth: 'never' } },
  { name: 'without TLS', client: [`AUTH PLAIN ${PLAIN}`], codes: [538], options: { auth: 'under-tls' } },
  {
    name: 'under TLS',
    client: ['STARTTLS', 'EHLO c', `AUTH PLAIN ${PLAIN}`],
    codes: [220, 250, 235],
    options: { auth: 'under-tls' },
  },
  {
    name: 'a response line that is too long',
    client: ['AUTH PLAIN', longLine(12_289, ''), 'NOOP'],
    codes: [334, 500, 250],
    events: [],
  },
  {
    name: 'a response line of 12,288 octets',
    client: ['AUTH PLAIN', longLine(12_288, ''), 'NOOP'],
    codes: [334, 501, 250],
    events: [],
  },
  {
    name: 'an AUTH line that is too long',
    client: [longLine(12_289, 'AUTH PLAIN '), 'NOOP'],
    codes: [500, 250],
    events: [],
  },
];

for (const row of ROWS) {
  test(`smtp auth: ${row.name}`, () => {
    for (const pieces of cuts(lines('EHLO c', ...row.client))) {
      const played = play(pieces, row.options);
      assert.deepEqual(played.codes.slice(1), row.codes);
      if (row.events) assert.deepEqual(played.events, row.events);
    }
  });
}

test('smtp auth: before a hello it is refused', () => {
  assert.deepEqual(play([lines(`AUTH PLAIN ${PLAIN}`)]).codes, [503]);
});

test('smtp auth: the challenges', () => {
  const { said } = play([lines('EHLO c', 'AUTH LOGIN', base64('alice'), '*', 'AUTH PLAIN', '*')]);
  assert.deepEqual(
    said.split('\r\n').filter((line) => line.startsWith('334')),
    ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', '334 '],
  );
});
