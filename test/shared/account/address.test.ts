import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressKey,
  aliasKey,
  readDomain,
  splitAddress,
  withoutDetail,
} from '../../../shared/account/address.ts';

test('an address has one key, however it is written', () => {
  const table: [string, string | undefined][] = [
    ['alice@example.test', 'alice@example.test'],
    ['Alice@EXAMPLE.Test', 'alice@example.test'],
    ['alice@example.test.', 'alice@example.test'],
    ['"alice"@example.test', 'alice@example.test'],
    ['"al.ice"@example.test', 'al.ice@example.test'],
    ['"a b"@example.test', '"a b"@example.test'],
    ['"a@b"@example.test', '"a@b"@example.test'],
    ['ÄNNE@example.test', 'änne@example.test'],
    ['A\u0308nne@example.test', 'änne@example.test'],
    ['a+b@example.test', 'a+b@example.test'],
    ["o'hara!#$%&*/=?^_`{|}~-@example.test", "o'hara!#$%&*/=?^_`{|}~-@example.test"],
    ['a@[127.0.0.1]', 'a@[127.0.0.1]'],
    ['a@[IPv6:::1]', 'a@[ipv6:::1]'],
    ['a@localhost', 'a@localhost'],
    ['', undefined],
    ['alice', undefined],
    ['@example.test', undefined],
    ['alice@', undefined],
    ['.a@example.test', undefined],
    ['a..b@example.test', undefined],
    ['a b@example.test', undefined],
    ['a\n@example.test', undefined],
    ['"a\n"@example.test', undefined],
    ['"a"b"@example.test', undefined],
    ['a@b@example.test', undefined],
    ['a@-example.test', undefined],
    ['a@example..test', undefined],
    ['a@exa mple.test', undefined],
    ['a@[127.0.0.1', undefined],
    [`${'a'.repeat(64)}@example.test`, `${'a'.repeat(64)}@example.test`],
    [`${'a'.repeat(65)}@example.test`, undefined],
    [`a@${'b'.repeat(64)}.test`, undefined],
  ];
  for (const [given, key] of table) assert.equal(addressKey(given), key, JSON.stringify(given));
});

test('the local part of a remote address keeps its case', () => {
  assert.deepEqual(splitAddress('"John.Doe"@Example.ORG'), { local: 'John.Doe', domain: 'example.org' });
});

test('an alias may be a catch-all of a domain, not of an address literal', () => {
  assert.equal(aliasKey('@Example.Test'), '@example.test');
  assert.equal(aliasKey('@[127.0.0.1]'), undefined);
  assert.equal(aliasKey('@'), undefined);
  assert.equal(aliasKey('Team@example.test'), 'team@example.test');
});

test('a detail begins at the first plus that has something before it', () => {
  assert.equal(withoutDetail('alice+a+b'), 'alice');
  assert.equal(withoutDetail('alice+'), 'alice');
  assert.equal(withoutDetail('+alice'), undefined);
  assert.equal(withoutDetail('alice'), undefined);
});

test('long hostile names are refused in linear time', () => {
  const long = 'a'.repeat(1_000_000);
  assert.equal(addressKey(`${long}@example.test`), undefined);
  assert.equal(readDomain(`${'a-'.repeat(500_000)}.`), undefined);
  assert.equal(addressKey(`"${'\\'.repeat(1_000_000)}"@example.test`), undefined);
});
