import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  headerFields,
  headerLength,
  headerValue,
  headerValues,
  unfold,
} from '../../../shared/message/header.ts';
import { messageId, messageIds } from '../../../shared/message/message-id.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('headerFields', () => {
  it('gives the fields as they stand, folded lines with them', () => {
    const header = bytes('Received: a\r\n\tb\r\nSUBJECT :x\nEmpty:\r\nX:y\r\n \r\n z\r\n\r\nBody: no\r\n');
    const fields = headerFields(header);
    assert.deepEqual(
      fields.map((field) => [field.name, header.toString('latin1', field.nameStart, field.end)]),
      [
        ['received', 'Received: a\r\n\tb\r\n'],
        ['subject', 'SUBJECT :x\n'],
        ['empty', 'Empty:\r\n'],
        ['x', 'X:y\r\n \r\n z\r\n'],
      ],
    );
    assert.equal(header.toString('latin1', fields[1]!.valueStart, fields[1]!.end), 'x\n');
    assert.equal(header.toString('latin1', headerLength(header)), 'Body: no\r\n');
  });

  const ENDS: readonly (readonly [string, number])[] = [
    ['', 0],
    ['\r\n', 2],
    ['\nx', 1],
    ['a: b', 4],
    ['a: b\r\n', 6],
    ['a: b\r\n\r', 6],
    ['a: b\r\n\r\n', 8],
    ['a: b\r\nhello\r\n', 6],
    ['a: b\r\nFrom x\r\n', 6],
    ['From x\r\na: b\r\n\r\n', 16],
    ['>From x\na: b\n\n', 14],
    [' a: b\r\n', 0],
    [': b\r\n', 0],
    ['\xe4: b\r\n', 0],
    ['a b: c\r\n', 0],
  ];
  for (const [text, length] of ENDS) {
    it(`ends at ${length} in ${JSON.stringify(text)}`, () => assert.equal(headerLength(bytes(text)), length));
  }
});

describe('headerValue', () => {
  it('is the first, unfolded, in any case; latin1', () => {
    const header = bytes('To: a\r\nX-A: \xe4\r\n  b \r\nto: c\r\n\r\n');
    assert.equal(headerValue(header, 'x-a'), '\xe4  b');
    assert.equal(headerValue(header, 'TO'), 'a');
    assert.deepEqual(headerValues(header, 'to'), ['a', 'c']);
    assert.equal(headerValue(header, 'cc'), null);
    assert.equal(headerValue(new Uint8Array(header), 'to'), 'a');
  });

  it('never has a line end or NUL in it', () => {
    assert.equal(unfold(' a\r\n b\rc\0d\n'), 'a bcd');
    assert.equal(unfold('\xa0x\xa0 '), '\xa0x\xa0');
  });
});

describe('messageIds', () => {
  const TABLE: readonly (readonly [string, readonly string[]])[] = [
    ['<a@x> <b@x>\t<c@x>', ['<a@x>', '<b@x>', '<c@x>']],
    ['"Bob" of <a@x> (now)', ['<a@x>']],
    ['<a@x><b@x>', ['<a@x>', '<b@x>']],
    // RFC 5256 §3: needless quoting is no difference
    ['<"01KF8JCEOCBS0045PS"@xxx.yyy.com>', ['<01KF8JCEOCBS0045PS@xxx.yyy.com>']],
    ['<"a b"@x>', ['<ab@x>']],
    ['<a @ x>', ['<a@x>']],
    ['<a> <@x> <a@> a@x', []],
    ['< <a@x>', ['<a@x>']],
    ['<a@x', []],
  ];
  for (const [value, expected] of TABLE) {
    it(JSON.stringify(value), () => assert.deepEqual(messageIds(value), expected));
  }

  it('messageId is the first, or null', () => {
    assert.equal(messageId(' <a@x> '), '<a@x>');
    assert.equal(messageId('a@x'), null);
    assert.equal(messageId(null), null);
  });
});
