import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromSieve, type Rule, toSieve } from '../../../../services/webmail/client/src/model/filter-rules.ts';
import { compileSieve } from '../../../../shared/sieve/compile.ts';

const RULES: readonly Rule[] = [
  {
    name: 'From Ana\r\n*/ "quoted"',
    enabled: true,
    match: 'any',
    conditions: [
      { field: 'from', operator: 'is', value: 'ana@correo.example' },
      { field: 'subject', operator: 'contains', value: 'a "b" \\ c' },
      { field: 'anyone', operator: 'not', value: 'x' },
      { field: 'list', operator: 'contains', value: 'dev' },
      { field: 'size', operator: 'over', value: '5 mb' },
    ],
    actions: [{ kind: 'move', mailbox: 'Archive/2026 "x"' }, { kind: 'flag' }, { kind: 'read' }],
    stop: true,
  },
  {
    name: 'All',
    enabled: true,
    match: 'all',
    conditions: [],
    actions: [
      { kind: 'forward', address: 'b@example.org', keep: true },
      { kind: 'forward', address: 'c@example.org', keep: false },
    ],
    stop: false,
  },
  { name: 'Off', enabled: false, match: 'all', conditions: [], actions: [{ kind: 'discard' }], stop: false },
];
const noRegex = () => {
  throw new Error('there is no regex in these');
};

describe('filters of the form', () => {
  test('are a script that the server takes', () => {
    for (const rules of [RULES, [], RULES.slice(2)]) {
      const compiled = compileSieve(toSieve(rules), noRegex);
      assert.ok(!('error' in compiled), JSON.stringify(compiled).slice(0, 300));
    }
    assert.doesNotMatch(toSieve(RULES).split('\n').slice(1).join('\n'), /discard/);
  });

  test('are read from it again', () => {
    assert.deepEqual(fromSieve(toSieve(RULES)), RULES);
    assert.deepEqual(fromSieve(toSieve(RULES).replaceAll('\n', '\r\n')), RULES);
  });

  test('are not taken for a script that someone wrote or changed', () => {
    assert.equal(fromSieve('keep;'), undefined);
    assert.equal(fromSieve(`${toSieve(RULES)}\ndiscard;\n`), undefined);
    assert.equal(fromSieve('# cartero-rules:1 [\nkeep;'), undefined);
  });
});
