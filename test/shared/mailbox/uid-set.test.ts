import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatUidSet, MAX_UID, parseUidSet } from '../../../shared/mailbox/uid-set.ts';

const CASES: [string, [number, number][] | undefined][] = [
  ['1', [[1, 1]]],
  [
    '3:5,9',
    [
      [3, 5],
      [9, 9],
    ],
  ],
  [
    '9,5:3',
    [
      [3, 5],
      [9, 9],
    ],
  ],
  ['1:3,2:8,9', [[1, 9]]],
  ['7:*', [[7, MAX_UID]]],
  ['*', [[MAX_UID, MAX_UID]]],
  ['4294967295', [[MAX_UID, MAX_UID]]],
  ['4294967296', undefined],
  ['0', undefined],
  ['', undefined],
  ['1,', undefined],
  ['1:', undefined],
  ['1:2:3', undefined],
  ['-1', undefined],
  ['1 ', undefined],
];

for (const [text, expected] of CASES) {
  test(`'${text}' is ${expected === undefined ? 'no set' : JSON.stringify(expected)}`, () => {
    const ranges = parseUidSet(text);
    assert.deepEqual(
      ranges?.low.map((low, index) => [low, ranges.high[index]]),
      expected,
    );
  });
}

test('formatting takes the shortest form and comes back by parsing', () => {
  assert.equal(formatUidSet([]), '');
  assert.equal(formatUidSet([1, 2, 3, 5, 8, 9]), '1:3,5,8:9');
});
