import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatSequenceSet,
  parseNumberSet,
  parseSequenceSet,
  rangesContain,
  resolveSequenceSet,
} from '../../../../shared/protocol/imap/sequence-set.ts';

describe('sequence sets', () => {
  const RESOLVED: readonly (readonly [string, number, string])[] = [
    ['1', 5, '1'],
    ['1:3', 5, '1:3'],
    ['3:1', 5, '1:3'],
    ['*', 5, '5'],
    ['2:*', 5, '2:5'],
    ['*:2', 5, '2:5'],
    ['7:*', 5, '5:7'],
    ['1,3,5', 5, '1,3,5'],
    ['5,3,1,2,4', 5, '1:5'],
    ['1:3,2:4', 5, '1:4'],
    ['1:2,3:4', 5, '1:4'],
    ['4294967295', 5, '4294967295'],
    ['*', 0, ''],
    ['1:*', 0, ''],
    ['*:*', 3, '3'],
  ];
  for (const [text, highest, expected] of RESOLVED) {
    test(`${text} of ${highest} is ${expected || 'nothing'}`, () => {
      const ranges = resolveSequenceSet(parseNumberSet(text)!, highest);
      assert.equal(ranges.map(([a, b]) => (a === b ? `${a}` : `${a}:${b}`)).join(','), expected);
    });
  }

  for (const text of [
    '',
    '0',
    '1:0',
    ',',
    '1,',
    ',1',
    '1::2',
    '1:2:3',
    '4294967296',
    'a',
    '1 ',
    '-1',
    '**',
    '1*',
    '1:',
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseSequenceSet(text), null));
  }

  test('numbers are found in ranges', () => {
    const ranges = resolveSequenceSet(parseNumberSet('2:4,8,10:11')!, 20);
    const found = Array.from({ length: 13 }, (_, at) => at).filter((at) => rangesContain(ranges, at));
    assert.deepEqual(found, [2, 3, 4, 8, 10, 11]);
  });

  test('numbers are written as runs, in their order', () => {
    assert.equal(formatSequenceSet([1, 2, 3, 7, 9, 10]), '1:3,7,9:10');
    assert.equal(formatSequenceSet([5, 3, 4]), '5,3:4');
    assert.equal(formatSequenceSet([]), '');
  });
});
