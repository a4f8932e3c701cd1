import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileSieve } from '../../../shared/sieve/compile.ts';
import { SieveHeader } from '../../../shared/sieve/header.ts';
import { runSieve, type SieveResult } from '../../../shared/sieve/program.ts';
import type { SieveAction, SieveBody } from '../../../shared/sieve/run.ts';
import type { CompileRegex } from '../../../shared/sieve/scope.ts';

const compileRegex: CompileRegex = (pattern, ignoreCase) => {
  const regex = new RegExp(pattern, ignoreCase ? 'iu' : 'u');
  return (text) => {
    const match = regex.exec(text);
    return match === null ? null : [...match].map((group) => group ?? '');
  };
};

const NOW = Date.UTC(2026, 6, 14, 21, 30, 5);

const MESSAGE = `Received: from a.example; Tue, 14 Jul 2026 10:00:00 +0200\r
Received: from b.example; Tue, 14 Jul 2026 09:59:00 +0200\r
From: Coyote <coyote@desert.example.org>\r
To: roadrunner+fast@acme.example.com, "Wile E." <wile@acme.example.com>\r
Subject: =?utf-8?q?I_have_a_present_for_you_=E2=82=AC?=\r
X-Spam-Level: 12\r
Date: Wed, 15 Jul 2026 01:30:05 +0530\r
Message-ID: <id-1@desert.example.org>\r
\r
`;

interface Given {
  readonly message?: string;
  readonly size?: number;
  readonly from?: string;
  readonly known?: Readonly<Record<string, boolean>>;
  readonly body?: SieveBody;
}

function run(script: string, given: Given = {}): SieveResult {
  const compiled = compileSieve(script, compileRegex);
  assert.ok('program' in compiled, JSON.stringify(compiled));
  return runSieve(compiled.program, {
    header: SieveHeader.of(Buffer.from(given.message ?? MESSAGE)),
    size: given.size ?? 1000,
    reversePath: given.from ?? 'coyote@desert.example.org',
    forwardPath: 'roadrunner+fast@acme.example.com',
    addresses: ['roadrunner@acme.example.com', 'roadrunner+fast@acme.example.com'],
    detailSeparators: '+',
    now: NOW,
    answers: { known: new Map(Object.entries(given.known ?? {})), ...(given.body && { body: given.body }) },
  });
}

function actions(script: string, given?: Given): readonly SieveAction[] {
  const result = run(script, given);
  assert.ok('actions' in result, JSON.stringify(result));
  assert.equal(result.failure, null);
  return result.actions;
}

const into = (script: string, given?: Given): string[] =>
  actions(script, given).map((action) => (action.kind === 'fileinto' ? action.mailbox : action.kind));

/** Whether a test holds: by where the message goes. */
const holds = (requires: string, condition: string, given?: Given): boolean =>
  into(`require ["fileinto"${requires}];\r\nif ${condition} { fileinto "yes"; }`, given)[0] === 'yes';

describe('Sieve: tests', () => {
  const table: readonly (readonly [requires: string, condition: string, expected: boolean])[] = [
    ['', 'true', true],
    ['', 'false', false],
    ['', 'not false', true],
    ['', 'allof (true, true)', true],
    ['', 'allof (true, false)', false],
    ['', 'anyof (false, true)', true],
    ['', 'header "subject" "i have a present for you €"', true],
    ['', 'header :is "subject" "I have"', false],
    ['', 'header :contains ["to", "subject"] ["nothing", "PRESENT"]', true],
    ['', 'header :comparator "i;octet" :contains "subject" "PRESENT"', false],
    ['', 'header :matches "Subject" "*present*y?u*"', true],
    ['', 'header :matches "Subject" "present*"', false],
    ['', 'header :matches "Subject" "*\\\\*"', false],
    ['', 'header :is "x-none" ""', false],
    ['', 'header :contains "x-spam-level" ""', true],
    ['', 'exists ["From", "To"]', true],
    ['', 'exists ["From", "X-None"]', false],
    ['', 'size :over 999', true],
    ['', 'size :over 1K', false],
    ['', 'size :under 1K', true],
    ['', 'size :over 1000', false],
    ['', 'address "from" "coyote@desert.example.org"', true],
    ['', 'address :domain "from" "DESERT.example.ORG"', true],
    ['', 'address :localpart :is "to" "wile"', true],
    ['', 'address :all :contains "to" "e."', true],
    ['', 'address :is :all "to" "Wile E."', false],
    [', "subaddress"', 'address :user "to" "roadrunner"', true],
    [', "subaddress"', 'address :detail "to" "fast"', true],
    [', "subaddress"', 'address :detail "from" ""', false],
    [', "envelope"', 'envelope "from" "coyote@desert.example.org"', true],
    [', "envelope", "subaddress"', 'envelope :detail "to" "fast"', true],
    [', "envelope"', 'envelope :domain "to" "acme.example.com"', true],
    [', "relational"', 'header :count "eq" "received" "2"', true],
    [', "relational"', 'header :count "gt" "received" "2"', false],
    [
      ', "relational", "comparator-i;ascii-numeric"',
      'header :value "ge" :comparator "i;ascii-numeric" "x-spam-level" "9"',
      true,
    ],
    [', "relational"', 'header :value "ge" "x-spam-level" "9"', false],
    [', "regex"', 'header :regex "subject" "^i have a (present|gift)"', true],
    [', "regex"', 'header :regex :comparator "i;octet" "subject" "^i have"', false],
    [', "index"', 'header :index 2 :contains "received" "b.example"', true],
    [', "index"', 'header :index 1 :last :contains "received" "b.example"', true],
    [', "index"', 'header :index 3 :contains "received" ""', false],
    [', "date"', 'date "date" "date" "2026-07-14"', true],
    [', "date"', 'date :originalzone "date" "date" "2026-07-15"', true],
    [', "date"', 'date :zone "+0530" "date" "hour" "01"', true],
    [', "date", "index"', 'date :index 1 "received" "hour" "08"', true],
    [', "date", "relational"', 'currentdate :value "ge" "date" "2026-07-14"', true],
    [', "date"', 'currentdate "weekday" "2"', true],
    [', "date"', 'currentdate :zone "-0330" "iso8601" "2026-07-14T18:00:05-03:30"', true],
    [', "date"', 'currentdate "julian" "61235"', true],
    [', "date"', 'currentdate "std11" "Tue, 14 Jul 2026 21:30:05 +0000"', true],
    [', "date"', 'date "x-none" "year" "2026"', false],
    [', "encoded-character"', `header :contains "subject" "\${unicode: 20ac}"`, true],
    [', "encoded-character"', `header :contains "subject" "\${hex: e2 82 ac}"`, true],
    [
      ', "comparator-i;unicode-casemap"',
      'header :comparator "i;unicode-casemap" :contains "subject" "PRESENT"',
      true,
    ],
  ];
  for (const [requires, condition, expected] of table)
    test(condition, () => assert.equal(holds(requires, condition), expected));

  test('body', () => {
    const body = {
      raw: 'raw =C3=A9 text',
      parts: [
        { type: 'text/plain', text: 'Visit é' },
        { type: 'image/png', text: 'IHDR' },
      ],
    };
    const says = (condition: string) => holds(', "body"', condition, { body });
    assert.equal(says('body :contains "é"'), true);
    assert.equal(says('body :contains "IHDR"'), false);
    assert.equal(says('body :raw :contains "=c3=a9"'), true);
    assert.equal(says('body :content "image" :contains "IHDR"'), true);
    assert.equal(says('body :content "text/html" :contains ""'), false);
    assert.equal(says('body :content "" :contains "IHDR"'), true);
  });

  test('what only the actor knows is asked for, and nothing is done before it is answered', () => {
    const script =
      'require ["mailbox", "fileinto"]; redirect "a@b.example"; if mailboxexists "Lists" { fileinto "Lists"; }';
    assert.deepEqual(run(script), { asks: { kind: 'mailbox', name: 'Lists' } });
    const known = { '{"kind":"mailbox","name":"Lists"}': true };
    assert.deepEqual(into(script, { known }), ['redirect', 'Lists']);
    assert.deepEqual(run('require "body"; if body :contains "x" { discard; }'), { asks: { kind: 'body' } });
  });

  test('duplicate: asked about, then remembered', () => {
    const script = 'require ["duplicate"]; if duplicate :handle "h" :seconds 60 { discard; }';
    const asked = run(script);
    assert.ok('asks' in asked && asked.asks.kind === 'duplicate');
    const question = JSON.stringify(asked.asks);
    const first = run(script, { known: { [question]: false } });
    assert.ok('actions' in first);
    assert.deepEqual([...first.tracked], [[asked.asks.key, 60]]);
    assert.deepEqual(
      first.actions.map(({ kind }) => kind),
      ['keep'],
    );
    const again = run(script, { known: { [question]: true } });
    assert.ok('actions' in again);
    assert.deepEqual([again.actions.length, again.tracked.size], [0, 0]);
  });
});

describe('Sieve: actions', () => {
  test('the implicit keep, and what cancels it', () => {
    assert.deepEqual(into(''), ['keep']);
    assert.deepEqual(into('discard;'), []);
    assert.deepEqual(into('discard; keep;'), ['keep']);
    assert.deepEqual(into('require "fileinto"; fileinto "A";'), ['A']);
    assert.deepEqual(into('require ["fileinto", "copy"]; fileinto :copy "A";'), ['A', 'keep']);
    assert.deepEqual(into('redirect "x@y.example"; stop; discard;'), ['redirect']);
    assert.deepEqual(into('require "copy"; redirect :copy "x@y.example";'), ['redirect', 'keep']);
    assert.deepEqual(into('require "fileinto"; fileinto "A"; fileinto "A"; fileinto "B";'), ['A', 'B']);
  });

  test('if, elsif, else', () => {
    const script = (first: string, second: string) =>
      `require "fileinto"; if ${first} { fileinto "1"; } elsif ${second} { fileinto "2"; } else { fileinto "3"; }`;
    assert.deepEqual(into(script('true', 'true')), ['1']);
    assert.deepEqual(into(script('false', 'true')), ['2']);
    assert.deepEqual(into(script('false', 'false')), ['3']);
  });

  test('variables, captures and modifiers (RFC 5229 §3.2, §4.1)', () => {
    const script = `require ["variables", "fileinto"];
      if header :matches "subject" "*a *for*" { set "what" "\${2}|\${1}"; }
      if string :is "\${what}" "present |I have " { fileinto "INBOX/\${WHAT}"; }
      set :upperfirst :lower "n" "jUMBLED"; set :length "l" "\${n}"; set :quotewildcard "q" "Rock*";
      fileinto "\${n} \${l} \${q} \${unknown}.";`;
    assert.deepEqual(into(script), ['INBOX/present |I have ', 'Jumbled 7 Rock\\* .']);
  });

  test('a failed match leaves the captures alone', () => {
    const script = `require ["variables", "fileinto"];
      if header :matches "subject" "I * a*" {} if header :matches "subject" "no*" {} fileinto "\${1}";`;
    assert.deepEqual(into(script), ['have']);
  });

  test('flags (RFC 5232)', () => {
    const script = `require ["imap4flags", "fileinto", "variables"];
      setflag ["\\\\Seen", "$Work"]; addflag "\\\\flagged $work"; removeflag "\\\\seen";
      if hasflag :contains "WORK" { fileinto "A"; } addflag "mine" "x y"; fileinto :flags "\${mine}" "B";`;
    const done = actions(script);
    assert.deepEqual(
      done.map((action) => 'flags' in action && action.flags),
      [
        ['$Work', '\\flagged'],
        ['x', 'y'],
      ],
    );
  });

  test('editheader (RFC 5293)', () => {
    const result = run(`require "editheader"; addheader "X-Filed" "grüße"; addheader :last "X-Last" "1";
      deleteheader :contains "subject" "present"; deleteheader "received"; deleteheader :index 1 "x-spam-level";`);
    assert.ok('header' in result);
    const text = String(result.header);
    assert.match(text, /^X-Filed: =\?UTF-8\?Q\?gr=C3=BC=C3=9Fe\?=\r\nReceived:/);
    assert.match(text, /X-Last: 1\r\n\r\n$/);
    assert.doesNotMatch(text, /Subject|Spam/);
    const bare = run('keep;');
    assert.ok('header' in bare && bare.header === null);
  });

  test('reject stands alone', () => {
    assert.deepEqual(actions('require "reject"; reject "No.";'), [{ kind: 'reject', reason: 'No.' }]);
    const both = run('require ["reject", "fileinto"]; fileinto "A"; reject "No.";');
    assert.ok('failure' in both);
    assert.match(both.failure ?? '', /reject/);
    assert.deepEqual(both.actions, [{ kind: 'keep', flags: [] }]);
  });

  test('vacation: to whom (RFC 5230 §4.5, §4.6)', () => {
    const script = 'require "vacation"; vacation :days 3 :subject "Away" "I am away";';
    const one = actions(script)[0]!;
    assert.ok(one.kind === 'vacation');
    assert.equal(one.seconds, 3 * 86_400);
    const silent = (given: Given) => assert.deepEqual(into(script, given), ['keep'], JSON.stringify(given));
    silent({ from: '' });
    silent({ from: 'list-request@x.example' });
    silent({ from: 'MAILER-DAEMON@x.example' });
    silent({ from: 'roadrunner@acme.example.com' });
    silent({ message: `List-Id: <x>\r\n${MESSAGE}` });
    silent({ message: `Auto-Submitted: auto-generated\r\n${MESSAGE}` });
    silent({ message: `Precedence: bulk\r\n${MESSAGE}` });
    silent({ message: MESSAGE.replace('roadrunner+fast@acme.example.com', 'others@acme.example.com') });
    assert.equal(into(script, { message: `Auto-Submitted: no\r\n${MESSAGE}` })[0], 'vacation');
  });
});

describe('Sieve: what is wrong is said before it runs', () => {
  const table: readonly (readonly [script: string, line: number, text: RegExp])[] = [
    ['keep', 1, /expected ; or \{/],
    ['\n\nfrobnicate;', 3, /no command frobnicate/],
    ['if frob { }', 1, /no test frob/],
    ['fileinto "x";', 1, /require "fileinto"/],
    ['require "nonesuch";', 1, /no extension "nonesuch"/],
    ['keep; require "copy";', 1, /beginning/],
    ['if header :is :contains "a" "b" {}', 1, /exclude/],
    ['if header :regex "a" "b" {}', 1, /require "regex"/],
    ['if header :nosuch "a" "b" {}', 1, /:nosuch/],
    ['if header "a" {}', 1, /string is missing/],
    ['if header "a" "b" "c" {}', 1, /too many/],
    ['if size 10 {}', 1, /:over or :under/],
    ['if true keep;', 1, /block is missing/],
    ['if true;', 1, /block is missing/],
    ['else { keep; }', 1, /else without if/],
    ['keep "x";', 1, /too many/],
    ['keep { stop; }', 1, /no block/],
    ['"string"', 1, /expected end/],
    ['redirect "unfinished', 1, /no end/],
    ['require "variables"; set "text:\n', 1, /no end/],
    ['/* never', 1, /comment/],
    ['if header :comparator "i;none" "a" "b" {}', 1, /comparator/],
    ['if not (true, false) {}', 1, /test list/],
    ['keep; \u0007', 1, /unexpected/],
    [`${'if true {'.repeat(40)}${'}'.repeat(40)}`, 1, /levels/],
    [`if ${'not '.repeat(40)}true {}`, 1, /levels/],
    [`require "encoded-character"; redirect "\${unicode: d800}";`, 1, /no character/],
    [`# ${'x'.repeat(70_000)}`, 1, /bytes/],
  ];
  for (const [script, line, expected] of table)
    test(JSON.stringify(script.slice(0, 60)), () => {
      const compiled = compileSieve(script, compileRegex);
      assert.ok('error' in compiled, 'it was taken');
      assert.equal(compiled.error.line, line);
      assert.match(compiled.error.text, expected);
    });

  test('comments, multi-line text with doubled dots, numbers', () => {
    const script = `# one\r\n/* two\r\n */ require ["reject"]; if size :over 1G { keep; }\r\nreject text: # three\r\n..dot\r\nline\r\n.\r\n;`;
    assert.deepEqual(actions(script), [{ kind: 'reject', reason: '.dot\r\nline\r\n' }]);
  });

  test('random bytes and cut scripts never throw', () => {
    const whole =
      'require ["fileinto", "variables"]; if anyof (header :matches "a" "*b*", not size :over 5K) { fileinto "x"; } else { stop; }';
    let seed = 7;
    const random = (limit: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % limit;
    };
    for (let round = 0; round < 2_000; round++) {
      const at = random(whole.length);
      const script = whole.slice(0, at) + String.fromCharCode(random(128)) + whole.slice(at + random(8));
      assert.ok(compileSieve(script, compileRegex));
    }
  });

  test('a script that looks at too much is stopped, and the message kept', () => {
    const keys = Array.from({ length: 4_000 }, (_, index) => `"k${index}x"`).join(',');
    const message = `${'X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(3_000)}\r\n`;
    const result = run(`if header :contains "x-long" [${keys}] { discard; }`, { message });
    assert.ok('failure' in result);
    assert.match(result.failure ?? '', /too long/);
    assert.deepEqual(result.actions, [{ kind: 'keep', flags: [] }]);
  });
});
