import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDate, parseDate } from '../../../shared/message/date.ts';

/** value, the moment in UTC, minutes east */
const TABLE: readonly (readonly [string, string, number])[] = [
  ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z', -360],
  ['Tue, 1 Jul 2003 10:52:37 +0200', '2003-07-01T08:52:37Z', 120],
  ['1 Jul 2003 10:52 +0200', '2003-07-01T08:52:00Z', 120],
  // RFC 5322 §A.5: comments and folding; §A.6.2: obsolete
  [
    'Thu,\t      13\t        Feb\t          1969\t      23:32\t               -0330 (Newfoundland Time)',
    '1969-02-14T03:02:00Z',
    -210,
  ],
  ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z', 0],
  ['Wed, 17 Jul 1996 02:23:25 -0700 (PDT)', '1996-07-17T09:23:25Z', -420],
  ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06Z', -360],
  ['21 Nov 49 00:00 UT', '2049-11-21T00:00:00Z', 0],
  ['21 Nov 50 00:00 UT', '1950-11-21T00:00:00Z', 0],
  ['21 Nov 103 00:00 UT', '2003-11-21T00:00:00Z', 0],
  ['21 Nov 97 09:55:06 EST', '1997-11-21T14:55:06Z', -300],
  ['21 Nov 97 09:55:06 PDT', '1997-11-21T16:55:06Z', -420],
  ['21 Nov 97 09:55:06 Z', '1997-11-21T09:55:06Z', 0],
  ['21 Nov 97 09:55:06 A', '1997-11-21T09:55:06Z', 0],
  ['21 Nov 97 09:55:06 -0000', '1997-11-21T09:55:06Z', 0],
  ['Sat, 31 Dec 2016 23:59:60 +0000', '2017-01-01T00:00:00Z', 0],
  // Seen in the wild
  ['Mon, 1 Jan 2024 10:00:00', '2024-01-01T10:00:00Z', 0],
  ['Mon, 1 Jan 2024', '2024-01-01T00:00:00Z', 0],
  ['Mon 1 January 2024 10:00 GMT', '2024-01-01T10:00:00Z', 0],
  ['Monday, 01-Jan-24 10:00:00 GMT', '2024-01-01T10:00:00Z', 0],
  ['Mon, 1 Jan 2024 10:00:00 GMT+0200', '2024-01-01T08:00:00Z', 120],
  ['Mon, 1 Jan 2024 10:00:00 +02:00', '2024-01-01T08:00:00Z', 120],
  ['Mon, 1 Jan 2024 10:00:00 +0200 CEST', '2024-01-01T08:00:00Z', 120],
  ['Mon, 1 Jan 2024 10:00:00 "GMT"', '2024-01-01T10:00:00Z', 0],
  ['Mon, 1 Jan 2024 10.00.00 +0000', '2024-01-01T10:00:00Z', 0],
  ['Mon, 1 Jan 2024 10:00:00 PM +0000', '2024-01-01T22:00:00Z', 0],
  ['Mon, 1 Jan 2024 12:00 AM', '2024-01-01T00:00:00Z', 0],
  ['Mon,1 Jan 2024 10:00:00 CET', '2024-01-01T09:00:00Z', 60],
  ['Mon Jan  1 10:00:00 2024', '2024-01-01T10:00:00Z', 0],
  ['Mon Jan  1 10:00:00 EST 2024', '2024-01-01T15:00:00Z', -300],
  ['2024-01-01T10:00:00Z', '2024-01-01T10:00:00Z', 0],
  ['2024-01-01 10:00:00.123 +0100', '2024-01-01T09:00:00Z', 60],
  ['Thu, 29 Feb 2024 10:00:00 +0000', '2024-02-29T10:00:00Z', 0],
  ['  mon, 1 jan 2024 1:2:3 +0000', '2024-01-01T01:02:03Z', 0],
];

const BROKEN = [
  '',
  'yesterday',
  'Mon, 32 Jan 2024 10:00:00 +0000',
  'Thu, 29 Feb 2023 10:00:00 +0000',
  '1 Foo 2024 10:00',
  '1 Jan',
  '1 Jan 2024 25:00 +0000',
  '1 Jan 2024 10:61 +0000',
  '0 Jan 2024 10:00',
  '2024-13-01',
  '('.repeat(1000),
  '1'.repeat(100_000),
];

describe('parseDate', () => {
  for (const [value, moment, zoneMinutes] of TABLE) {
    it(JSON.stringify(value), () => {
      assert.deepEqual(parseDate(value), { unixMs: Date.parse(moment), zoneMinutes });
    });
  }
  for (const value of BROKEN) {
    it(`refuses ${JSON.stringify(value.slice(0, 40))}`, () => assert.equal(parseDate(value), null));
  }
});

describe('formatDate', () => {
  it('writes RFC 5322 dates in any zone', () => {
    const unixMs = Date.parse('2006-01-02T15:04:05Z');
    assert.equal(formatDate(unixMs), 'Mon, 02 Jan 2006 15:04:05 +0000');
    assert.equal(formatDate(unixMs, -570), 'Mon, 02 Jan 2006 05:34:05 -0930');
    assert.equal(formatDate(unixMs, 720), 'Tue, 03 Jan 2006 03:04:05 +1200');
  });

  it('is read back as it was', () => {
    for (let unixMs = Date.UTC(1990, 0, 1); unixMs < Date.UTC(2040, 0, 1); unixMs += 86_400_000 * 17.123) {
      const second = Math.floor(unixMs / 1000) * 1000;
      const zoneMinutes = (Math.floor(unixMs / 7919) % 27) * 60 - 720;
      assert.deepEqual(parseDate(formatDate(second, zoneMinutes)), { unixMs: second, zoneMinutes });
    }
  });
});
