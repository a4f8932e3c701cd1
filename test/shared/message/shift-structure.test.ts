import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStructure } from '../../../shared/message/parser.ts';
import { shiftStructure } from '../../../shared/message/shift-structure.ts';
import { random } from './cuts.ts';
import { randomMessage } from './random-message.ts';

const PREFIX = Buffer.from('Return-Path: <a@b>\r\nReceived: from x\r\n\tby y; z\r\n');
const HEADS = [
  '\r\n',
  'A: b\r\n',
  'Content-Type: multipart/mixed; boundary=a\r\n',
  'Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\n',
  'Content-Type: multipart/digest; boundary=ab\r\n\r\n--ab\r\n\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
];

test('shifted is as parsed with the fields in front', () => {
  const next = random(3);
  const seen = new Set<string>();
  for (let round = 0; round < 6_000; round++) {
    const content = Buffer.concat([Buffer.from(HEADS[round % HEADS.length]!), randomMessage(next, 30)]);
    const structure = parseStructure(content);
    const whole = parseStructure(Buffer.concat([PREFIX, content]));
    assert.deepEqual(
      shiftStructure(structure, PREFIX.length),
      whole,
      JSON.stringify(content.toString('latin1')),
    );
    if (whole.body.parts?.[0]?.message !== undefined) seen.add('a message in a part');
    if ((whole.body.parts?.length ?? 0) > 1) seen.add('parts');
    if (whole.body.message !== undefined) seen.add('a message');
  }
  assert.deepEqual([...seen].sort(), ['a message', 'a message in a part', 'parts']);
});

test('nothing in front changes nothing, an empty message is all header', () => {
  const structure = parseStructure(Buffer.from('A: b\r\n\r\nc'));
  assert.equal(shiftStructure(structure, 0), structure);
  const empty = shiftStructure(parseStructure(Buffer.alloc(0)), PREFIX.length);
  assert.deepEqual(empty, parseStructure(PREFIX));
});
