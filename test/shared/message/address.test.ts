import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_ADDRESSES, parseAddressList } from '../../../shared/message/address.ts';
import type { Address } from '../../../shared/message/structure.ts';

/** "name|route|mailbox|host" with "-" for null. */
function brief(address: Address): string {
  return [address.name, address.route, address.mailbox, address.host].map((field) => field ?? '-').join('|');
}

const TABLE: readonly (readonly [string, ...string[]])[] = [
  ['', ...[]],
  ['john@example.com', '-|-|john|example.com'],
  // RFC 5322 §A.1.1
  ['John Doe <jdoe@machine.example>', 'John Doe|-|jdoe|machine.example'],
  // RFC 5322 §A.1.2
  ['"Joe Q. Public" <john.q.public@example.com>', 'Joe Q. Public|-|john.q.public|example.com'],
  [
    'Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>',
    'Mary Smith|-|mary|x.test',
    '-|-|jdoe|example.org',
    'Who?|-|one|y.test',
  ],
  [
    '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
    '-|-|boss|nil.test',
    'Giant; "Big" Box|-|sysservices|example.net',
  ],
  // RFC 5322 §A.1.3
  [
    'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
    '-|-|A Group|-',
    'Ed Jones|-|c|a.test',
    '-|-|joe|where.test',
    'John|-|jdoe|one.test',
    '-|-|-|-',
  ],
  ['Undisclosed recipients:;', '-|-|Undisclosed recipients|-', '-|-|-|-'],
  ['A: a@x; , B: b@x;, c@x', '-|-|A|-', '-|-|a|x', '-|-|-|-', '-|-|B|-', '-|-|b|x', '-|-|-|-', '-|-|c|x'],
  ['Open: a@x, b@x', '-|-|Open|-', '-|-|a|x', '-|-|b|x', '-|-|-|-'],
  // RFC 5322 §A.5
  ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', 'Pete|-|pete|silly.test'],
  [
    "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n  joe@example.org, John <jdoe@one.test> (my dear friend); (the end of the group)",
    '-|-|A Group|-',
    'Chris Jones|-|c|public.example',
    '-|-|joe|example.org',
    'John|-|jdoe|one.test',
    '-|-|-|-',
  ],
  ['(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;', '-|-|Hidden recipients|-', '-|-|-|-'],
  // RFC 5322 §A.6.1, §A.6.3: obsolete
  ['Joe Q. Public <john.q.public@example.com>', 'Joe Q. Public|-|john.q.public|example.com'],
  [
    'Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example',
    'Mary Smith|@node.test|mary|example.net',
    '-|-|jdoe|test.example',
  ],
  ['<@a.test,@b.test:joe@c.test>', '-|@a.test,@b.test|joe|c.test'],
  ['john . doe @ example . com', '-|-|john.doe|example.com'],
  // The name in a comment, as before RFC 822
  ['pete@silly.test (Pete (the) Chap)', 'Pete (the) Chap|-|pete|silly.test'],
  ['<pete@silly.test> (Pete)', 'Pete|-|pete|silly.test'],
  ['Named <pete@silly.test> (Pete)', 'Named|-|pete|silly.test'],
  // Quoted local parts and literals
  ['"joe smith"@example.com', '-|-|joe smith|example.com'],
  ['"a@b"@c.test', '-|-|a@b|c.test'],
  ['"a"."b"@c.test', '-|-|a.b|c.test'],
  ['joe@[192.0.2.1], x@[IPv6:2001:db8::1]', '-|-|joe|[192.0.2.1]', '-|-|x|[IPv6:2001:db8::1]'],
  // Encoded words and raw bytes stay raw
  [
    '=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>',
    '=?ISO-8859-1?Q?Andr=E9?= Pirard|-|PIRARD|vm1.ulg.ac.be',
  ],
  ['Andr\xe9 <a@x>', 'Andr\xe9|-|a|x'],
  ['=?utf-8?Q?=40?= <a@x>', '=?utf-8?Q?=40?=|-|a|x'],
  // Broken
  ['postmaster', '-|-|postmaster|'],
  ['Joe <>', 'Joe|-||'],
  ['Joe <joe>', 'Joe|-|joe|'],
  ['Joe <joe@x.test, Bob <bob@x.test>', 'Joe|-|joe|x.test', 'Bob|-|bob|x.test'],
  ['Joe <joe@x.test', 'Joe|-|joe|x.test'],
  ['Joe joe@x.test', 'Joe|-|joe|x.test'],
  ['a@x b@y, c@z', 'a@x|-|b|y', '-|-|c|z'],
  ['"Joe <joe@x.test>', '"Joe|-|joe|x.test'],
  ['Joe (the <joe@x.test>, b@x', 'Joe (the|-|joe|x.test', '-|-|b|x'],
  ['a@b@c', '-|-|a@b|c'],
  ['@x.test', '-|-||x.test'],
  ['joe@x.test <joe@x.test>', 'joe@x.test|-|joe|x.test'],
  ['joe@', '-|-|joe|'],
  ['joe@[192.0.2.1', '-|-|joe|[192.0.2.1'],
  [';,,>,;', ...[]],
  ['a@x;b@y', '-|-|a|x', '-|-|b|y'],
  ['joe@x:587', '-|-|joe|x'],
];

describe('parseAddressList', () => {
  for (const [value, ...expected] of TABLE) {
    it(JSON.stringify(value), () => assert.deepEqual(parseAddressList(value).map(brief), expected));
  }

  it('stops at its limit', () => {
    assert.equal(parseAddressList('a@b,'.repeat(MAX_ADDRESSES + 50)).length, MAX_ADDRESSES);
    assert.equal(parseAddressList('a@b,'.repeat(50), 3).length, 3);
  });
});
