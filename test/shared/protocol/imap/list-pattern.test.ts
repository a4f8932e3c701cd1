import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ListPattern } from '../../../../shared/protocol/imap/list-pattern.ts';

/** The definition, as a regular expression: fine for short names. */
function slowly(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('%', '[^/]*');
  return new RegExp(`^${source}$`).test(name);
}

describe('LIST patterns', () => {
  const TABLE: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['*', ['', 'a', 'a/b', '/'], []],
    ['%', ['', 'a', 'abc'], ['a/b', '/']],
    ['a/%', ['a/', 'a/b'], ['a', 'a/b/c', 'b/a']],
    ['a/*', ['a/', 'a/b', 'a/b/c'], ['a', 'ab']],
    ['%/%', ['a/b', '/'], ['a', 'a/b/c']],
    ['*%', ['a/b/c', ''], []],
    ['%*', ['a/b/c', ''], []],
    ['%b*', ['ab', 'b/c', 'abb/c'], ['a/b', 'a']],
    ['*a%b', ['ab', 'a/ab', 'a/b/aXb', 'aab'], ['a/b', 'ab/']],
    ['a', ['a'], ['A', 'aa', '']],
    ['', [''], ['a']],
    ['(a+)+$', ['(a+)+$'], ['aaa']],
  ];
  for (const [pattern, matching, others] of TABLE) {
    test(pattern, () => {
      const compiled = new ListPattern(pattern, '/');
      for (const name of matching) assert.equal(compiled.matches(name), true, name);
      for (const name of others) assert.equal(compiled.matches(name), false, name);
    });
  }

  test('all short patterns on all short names', () => {
    const words = (alphabet: string, length: number): string[] =>
      length === 0
        ? ['']
        : ['', ...words(alphabet, length - 1).flatMap((word) => [...alphabet].map((c) => word + c))];
    const names = [...new Set(words('ab/', 4))];
    for (const pattern of new Set(words('ab/*%', 4))) {
      const compiled = new ListPattern(pattern, '/');
      for (const name of names) {
        assert.equal(compiled.matches(name), slowly(pattern, name), `${pattern} on ${name}`);
      }
    }
  });

  test('patterns longer than a machine word', () => {
    const name = Array.from({ length: 40 }, (_, at) => `level${at}`).join('/');
    assert.equal(new ListPattern(name, '/').matches(name), true);
    assert.equal(new ListPattern(`${name}x`, '/').matches(name), false);
    assert.equal(new ListPattern(name.replaceAll('level', '%'), '/').matches(name), true);
    assert.equal(new ListPattern(`*${name.slice(50, 200)}*`, '/').matches(name), true);
    assert.equal(new ListPattern('*a'.repeat(200), '/').matches('a'.repeat(300)), true);
    assert.equal(new ListPattern(`${'*a'.repeat(200)}b`, '/').matches('a'.repeat(1024)), false);
  });
});
