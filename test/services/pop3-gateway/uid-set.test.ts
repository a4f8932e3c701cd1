import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uidSet } from '../../../services/pop3-gateway/uid-set.ts';

test('uid set: runs are joined, order does not matter', () => {
  assert.equal(uidSet([]), '');
  assert.equal(uidSet([7]), '7');
  assert.equal(uidSet([9, 3, 4, 5]), '3:5,9');
  assert.equal(uidSet([1, 3, 5]), '1,3,5');
  assert.equal(uidSet(Array.from({ length: 10_000 }, (_, at) => at + 1)), '1:10000');
});
