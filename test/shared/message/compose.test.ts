import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAddressList } from '../../../shared/message/address.ts';
import { composeMultipart, formatAddress, formatField } from '../../../shared/message/compose.ts';
import { headerFields, headerValue } from '../../../shared/message/header.ts';
import { parseStructure } from '../../../shared/message/parser.ts';
import { leafParts } from '../../../shared/message/part.ts';

describe('formatField', () => {
  it('folds before blanks at 78', () => {
    const value = 'word '.repeat(60).trim();
    const text = formatField('Subject', value);
    for (const line of text.split('\r\n')) assert.ok(line.length <= 78, line);
    assert.equal(headerValue(Buffer.from(text), 'subject'), value);
  });

  it('keeps lines under 998 octets whatever is in the value', () => {
    for (const value of ['x'.repeat(5000), '€'.repeat(3000), '😀'.repeat(2000), `a ${'y'.repeat(990)} b`]) {
      const text = formatField('Diagnostic-Code', value);
      for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 998);
      assert.equal(headerFields(Buffer.from(text)).length, 1);
      assert.equal(text.replace(/^[^:]*:|[\r\n ]/g, ''), value.replaceAll(' ', ''));
    }
  });

  it('lets no field be smuggled in', () => {
    const text = formatField('Subject', 'a\r\nBcc: x@y\n\nbody\0');
    assert.equal(text, 'Subject: a Bcc: x@y body\r\n');
    assert.equal(formatField('Subject', ''), 'Subject: \r\n');
  });
});

describe('formatAddress', () => {
  it('is read back as it was', () => {
    for (const name of [
      'Mail Delivery System',
      'Joe Q. Public',
      'a "b" \\ c',
      'x, y <z>',
      '=?UTF-8?Q?=C3=A4?=',
    ]) {
      assert.deepEqual(parseAddressList(formatAddress(name, 'postmaster@example.test')), [
        { name, route: null, mailbox: 'postmaster', host: 'example.test' },
      ]);
    }
    assert.equal(formatAddress(null, 'a@b'), 'a@b');
  });
});

describe('composeMultipart', () => {
  it('writes a report that parses to its parts', () => {
    const original = Buffer.from('Subject: original\r\n\r\nhello\r\n');
    const bytes = composeMultipart(
      [
        ['From', 'Mail Delivery System <postmaster@example.test>'],
        ['Subject', 'Undelivered'],
      ],
      'multipart/report; report-type=delivery-status',
      '=_b.1',
      [
        { fields: [['Content-Type', 'text/plain; charset=us-ascii']], body: 'It failed.\r\n' },
        { fields: [['Content-Type', 'message/delivery-status']], body: 'Reporting-MTA: dns; x\r\n' },
        { fields: [['Content-Type', 'message/rfc822']], body: original },
      ],
    );
    const structure = parseStructure(bytes);
    assert.equal(structure.envelope.subject, 'Undelivered');
    assert.equal(headerValue(bytes, 'mime-version'), '1.0');
    assert.deepEqual(
      structure.body.parameters.map((each) => each.value),
      ['delivery-status', '=_b.1'],
    );
    assert.deepEqual(
      [...leafParts(structure.body)].map((part) => bytes.toString('latin1', part.bodyStart, part.bodyEnd)),
      ['It failed.\r\n', 'Reporting-MTA: dns; x\r\n', 'hello\r\n'],
    );
    assert.equal(structure.body.parts![2]!.message!.envelope.subject, 'original');
  });

  it('refuses a boundary that cannot serve', () => {
    assert.throws(() => composeMultipart([], 'multipart/mixed', 'a"b', []), RangeError);
    assert.throws(
      () => composeMultipart([], 'multipart/mixed', 'b', [{ fields: [], body: 'x\r\n--b\r\n' }]),
      RangeError,
    );
  });
});
