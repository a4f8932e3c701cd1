import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatAddress,
  initials,
  isAddress,
  parseAddresses,
  uniqueAddresses,
} from '../../../../services/webmail/client/src/model/addresses.ts';

describe('addresses as people type them', () => {
  for (const [typed, expected] of [
    ['a@b.example', [{ name: null, email: 'a@b.example' }]],
    [
      'Ana <a@b.example>; b@c.example',
      [
        { name: 'Ana', email: 'a@b.example' },
        { name: null, email: 'b@c.example' },
      ],
    ],
    ['"García, Ana" <a@b.example>', [{ name: 'García, Ana', email: 'a@b.example' }]],
    ['"a \\"b\\"" <a@b.example>,', [{ name: 'a "b"', email: 'a@b.example' }]],
    [
      'a@b.example\nb@c.example',
      [
        { name: null, email: 'a@b.example' },
        { name: null, email: 'b@c.example' },
      ],
    ],
    [' , ;', []],
  ] as const) {
    test(typed, () => assert.deepEqual(parseAddresses(typed), expected));
  }

  test('written out they are read again', () => {
    for (const one of [
      { name: 'García, "Ana"', email: 'a@b.example' },
      { name: 'Ana María', email: 'a@b.example' },
      { name: null, email: 'a@b.example' },
    ])
      assert.deepEqual(parseAddresses(formatAddress(one)), [one]);
  });

  test('what can be none is seen', () => {
    assert.deepEqual(['a@b', 'a b@c', '@c', 'a@', 'ä@ö.example'].map(isAddress), [
      true,
      false,
      false,
      false,
      true,
    ]);
  });

  test('each once, whatever its letter case, without those excluded', () => {
    const all = ['a@x', 'A@X', 'b@x', 'c@x'].map((email) => ({ name: null, email }));
    assert.deepEqual(
      uniqueAddresses(all, ['B@x']).map(({ email }) => email),
      ['a@x', 'c@x'],
    );
  });

  test('initials', () => {
    assert.equal(initials({ name: 'Ana María García', email: 'a@x' }), 'AG');
    assert.equal(initials({ name: null, email: 'news@shop.example' }), 'N');
    assert.equal(initials({ name: '山田太郎', email: 'y@x' }), '山');
    assert.equal(initials(undefined), '?');
  });
});
