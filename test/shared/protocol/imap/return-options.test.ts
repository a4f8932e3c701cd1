import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cursor } from '../../../../shared/protocol/imap/cursor.ts';
import {
  formatEsearch,
  returnsNothing,
  savedResults,
} from '../../../../shared/protocol/imap/format-esearch.ts';
import { parseCommand } from '../../../../shared/protocol/imap/parse-command.ts';
import { type ReturnOptions, readReturnOptions } from '../../../../shared/protocol/imap/return-options.ts';

function options(text: string): ReturnOptions {
  const cursor = new Cursor(Buffer.from(`RETURN (${text}) ALL\r\n`));
  const read = readReturnOptions(cursor);
  assert.ok(read);
  assert.equal(cursor.keyword(), 'ALL');
  return read;
}

describe('RETURN options', () => {
  const RESULTS: readonly (readonly [string, readonly number[], string, readonly number[]])[] = [
    ['', [2, 3, 9], ' ALL 2:3,9', [2, 3, 9]],
    ['ALL', [], '', []],
    ['min max count', [2, 3, 9], ' MIN 2 MAX 9 COUNT 3', [2, 3, 9]],
    ['COUNT MIN', [], ' COUNT 0', []],
    ['MIN', [2, 3, 9], ' MIN 2', [2]],
    ['MIN MAX', [2, 3, 9], ' MIN 2 MAX 9', [2, 9]],
    ['MIN MAX', [7], ' MIN 7 MAX 7', [7]],
    ['SAVE', [2, 3], '', [2, 3]],
    ['SAVE MAX', [2, 3], ' MAX 3', [3]],
    ['PARTIAL 1:2', [2, 3, 9], ' PARTIAL (1:2 2:3)', [2, 3]],
    ['PARTIAL 3:2', [2, 3, 9], ' PARTIAL (3:2 3,9)', [3, 9]],
    ['PARTIAL -1:-2', [2, 3, 9], ' PARTIAL (-1:-2 3,9)', [3, 9]],
    ['PARTIAL -3:-9', [2, 3, 9], ' PARTIAL (-3:-9 2)', [2]],
    ['PARTIAL 4:9', [2, 3, 9], ' PARTIAL (4:9 NIL)', []],
    ['PARTIAL -4:-9', [2, 3, 9], ' PARTIAL (-4:-9 NIL)', []],
    ['PARTIAL 1:1 MAX', [2, 3, 9], ' MAX 9 PARTIAL (1:1 2)', [2, 9]],
    ['PARTIAL 1:1 COUNT', [2, 3, 9], ' COUNT 3 PARTIAL (1:1 2)', [2, 3, 9]],
    ['MIN MAX ALL', [9, 2, 3], ' MIN 9 MAX 3 ALL 9,2:3', [9, 2, 3]],
  ];
  for (const [text, numbers, told, saved] of RESULTS) {
    test(`(${text}) of ${numbers.join() || 'nothing'}`, () => {
      const read = options(text);
      assert.equal(formatEsearch('TAG "a"', true, read, numbers), `* ESEARCH (TAG "a") UID${told}`);
      assert.deepEqual(savedResults(numbers, read), saved);
      assert.equal(returnsNothing(read), text === 'SAVE');
    });
  }

  test('MODSEQ is told when there are results', () => {
    assert.equal(
      formatEsearch('TAG "a"', false, options('COUNT'), [1], 7),
      '* ESEARCH (TAG "a") COUNT 1 MODSEQ 7',
    );
    assert.equal(formatEsearch('TAG "a"', false, options('COUNT'), [], 7), '* ESEARCH (TAG "a") COUNT 0');
  });

  for (const text of [
    'RETURN',
    'RETURN ALL',
    'RETURN (ALL)',
    'RETURN (FROB) ALL',
    'RETURN (ALL PARTIAL 1:2) ALL',
    'RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL',
    'RETURN (PARTIAL 0:2) ALL',
    'RETURN (PARTIAL 1:-2) ALL',
    'RETURN (PARTIAL -1:2) ALL',
    'RETURN (PARTIAL 1:*) ALL',
    'RETURN (PARTIAL) ALL',
    '$,1',
    '1:$',
  ]) {
    test(`refused: SEARCH ${text}`, () => {
      assert.ok('problem' in parseCommand(Buffer.from(`a SEARCH ${text}\r\n`)));
    });
  }

  test('without RETURN nothing is read', () => {
    const cursor = new Cursor(Buffer.from('CHARSET UTF-8 ALL\r\n'));
    assert.equal(readReturnOptions(cursor), null);
    assert.equal(cursor.position, 0);
  });
});
