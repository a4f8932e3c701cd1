import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath } from '../../../../shared/protocol/smtp/path.ts';

const LABEL = 'b'.repeat(63);

const PATHS: readonly [text: string, address: string | undefined, rest?: string][] = [
  ['<a@b>', 'a@b'],
  ['a@b', 'a@b'],
  ['<>', ''],
  ['<a@b> SIZE=1', 'a@b', ' SIZE=1'],
  ['a@b SIZE=1', 'a@b', ' SIZE=1'],
  ['<First.Last@Example.ORG>', 'First.Last@Example.ORG'],
  ["<!#$%&'*+-/=?^_`{|}~@b>", "!#$%&'*+-/=?^_`{|}~@b"],
  ['<@one,@two:a@b>', 'a@b'],
  ['<@one.test:a@b>', 'a@b'],
  ['@one:a@b', 'a@b'],
  ['<"a"@b>', 'a@b'],
  ['<"a b"@c>', '"a b"@c'],
  ['<"a\\"b"@c>', '"a\\"b"@c'],
  ['<"a\\b"@c>', 'ab@c'],
  ['<"a>b"@c>', '"a>b"@c'],
  ['<"a@b"@c>', '"a@b"@c'],
  ['<".a"@c>', '".a"@c'],
  ['"a b"@c X=1', '"a b"@c', ' X=1'],
  ['<a@[192.0.2.1]>', 'a@[192.0.2.1]'],
  ['<a@[IPv6:2001:db8::1]>', 'a@[IPv6:2001:db8::1]'],
  ['<a@[ipv6:::ffff:192.0.2.1]>', 'a@[ipv6:::ffff:192.0.2.1]'],
  ['<a@[IPv6:1:2:3:4:5:6:7:8]>', 'a@[IPv6:1:2:3:4:5:6:7:8]'],
  ['<a@x_y.test>', 'a@x_y.test'],
  ['<postmaster>', 'postmaster'],
  [`<a@${LABEL}>`, `a@${LABEL}`],
  [`<a@x.${LABEL}.test>`, `a@x.${LABEL}.test`],

  ['', undefined],
  [`<a@${LABEL}b>`, undefined],
  [`<a@x.${LABEL}b.test>`, undefined],
  [`<@${LABEL}b:a@b>`, undefined],
  [`a@${`${LABEL}.`.repeat(4)}b`, undefined],
  ['<', undefined],
  ['<a@b', undefined],
  ['a@b>', undefined],
  ['<a@b>x', undefined],
  ['<<a@b>>', undefined],
  ['< a@b>', undefined],
  ['<a@b >', undefined],
  ['<a b@c>', undefined],
  ['<a@>', undefined],
  ['<@b>', undefined],
  ['<@one a@b>', undefined],
  ['<@one,two:a@b>', undefined],
  ['<@one:>', undefined],
  ['<a..b@c>', undefined],
  ['<.a@c>', undefined],
  ['<a.@c>', undefined],
  ['<a@b..c>', undefined],
  ['<a@.b>', undefined],
  ['<a@b.>', undefined],
  ['<a@-b>', undefined],
  ['<a@b@c>', undefined],
  ['<""@b>', undefined],
  ['<"a@b>', undefined],
  ['<"a\\"@b>', undefined],
  ['<"a"b@c>', undefined],
  ['<a@[192.0.2.256]>', undefined],
  ['<a@[192.0.2]>', undefined],
  ['<a@[IPv6:1:2:3]>', undefined],
  ['<a@[IPv6:1::2::3]>', undefined],
  ['<a@[IPv6:1:::3]>', undefined],
  ['<a@[IPv6:12345::1]>', undefined],
  ['<a@[x:y]>', undefined],
  ['<a@[]>', undefined],
  ['<a,b@c>', undefined],
  ['<a@b;c>', undefined],
];

for (const [text, address, rest = ''] of PATHS) {
  test(`smtp path: ${text}`, () => {
    const found = parsePath(`TO:${text}`, 3);
    assert.equal(found?.address, address);
    if (found) assert.equal(`TO:${text}`.slice(found.end), rest);
  });
}
