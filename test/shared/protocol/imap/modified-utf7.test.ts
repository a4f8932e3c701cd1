import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from '../../../../shared/protocol/imap/modified-utf7.ts';

describe('modified UTF-7', () => {
  const NAMES: readonly (readonly [string, string])[] = [
    ['', ''],
    ['INBOX', 'INBOX'],
    ['R&D', 'R&-D'],
    ['&&', '&-&-'],
    ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['Entwürfe', 'Entw&APw-rfe'],
    ['ü', '&APw-'],
    ['üä', '&APwA5A-'],
    ['üäö', '&APwA5AD2-'],
    ['😀', '&2D3eAA-'],
    ['Tab\tin', 'Tab&AAk-in'],
    ['ü&ü', '&APw-&-&APw-'],
    ['Отправленные', '&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-'],
  ];
  for (const [name, wire] of NAMES) {
    test(JSON.stringify(name), () => {
      assert.equal(encodeModifiedUtf7(name), wire);
      assert.equal(decodeModifiedUtf7(wire), name);
    });
  }

  const WRONG = [
    '&',
    'a&',
    '&APw',
    '&A-',
    '&AP-',
    '&APx-',
    '&AP/-',
    'ü',
    '\x7f',
    '\r',
    '&2D0-',
    '&3gA-',
    '&*-',
    'bad&AGE-',
    '&AGEA5A-',
    '&ACY-',
    '&APw-&AOQ-',
    'a&-&AC8-',
  ];
  for (const wire of WRONG)
    test(`${JSON.stringify(wire)} is none`, () => assert.equal(decodeModifiedUtf7(wire), null));

  test('every character comes back', () => {
    for (let code = 1; code < 0x11000; code += 7) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const name = `a${String.fromCodePoint(code)}b`;
      assert.equal(decodeModifiedUtf7(encodeModifiedUtf7(name)), name);
    }
  });
});
