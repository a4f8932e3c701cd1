import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDateTime } from '../../../../shared/protocol/imap/date-time.ts';

describe('date-time', () => {
  const GOOD: readonly (readonly [string, number])[] = [
    [' 7-Feb-1994 21:52:25 -0800', Date.UTC(1994, 1, 8, 5, 52, 25)],
    ['07-feb-1994 21:52:25 +0000', Date.UTC(1994, 1, 7, 21, 52, 25)],
    ['29-Feb-2024 00:00:00 +1400', Date.UTC(2024, 1, 28, 10)],
    ['31-Dec-2016 23:59:60 +0000', Date.UTC(2017, 0, 1)],
    ['01-Jan-2000 00:00:00 -0459', Date.UTC(2000, 0, 1, 4, 59)],
  ];
  for (const [text, unixMs] of GOOD) test(text, () => assert.equal(parseDateTime(text), unixMs));

  const WRONG = [
    '07-Feb-1994 21:52:25 +9999',
    '07-Feb-1994 21:52:25 +1500',
    '07-Feb-1994 21:52:25 -0060',
    '07-Feb-1994 24:00:00 +0000',
    '07-Feb-1994 21:60:00 +0000',
    '07-Feb-1994 21:52:61 +0000',
    '29-Feb-2023 00:00:00 +0000',
    '31-Apr-2024 00:00:00 +0000',
    '00-Jan-2024 00:00:00 +0000',
    '07-Foo-1994 21:52:25 +0000',
    '07-Feb-1994 21:52:25',
    '07-Feb-94 21:52:25 +0000',
    '',
  ];
  for (const text of WRONG)
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseDateTime(text), null));
});
