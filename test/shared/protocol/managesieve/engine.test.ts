import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ManageSieveEvent } from '../../../../shared/protocol/managesieve/command.ts';
import { ManageSieveEngine } from '../../../../shared/protocol/managesieve/engine.ts';

/** Feeds the bytes in pieces and answers each event with OK; the events, and what was said without them. */
function play(pieces: Iterable<Uint8Array>, loggedIn = true): { events: ManageSieveEvent[]; said: string } {
  const engine = new ManageSieveEngine();
  if (loggedIn) engine.authenticated();
  const events: ManageSieveEvent[] = [];
  let said = '';
  for (const piece of pieces) {
    engine.receive(piece);
    for (let event = engine.next(); typeof event !== 'string'; event = engine.next()) {
      events.push(event);
      engine.ok('.');
    }
    said += Buffer.concat(engine.takeOutput()).toString();
  }
  return { events, said: said.replaceAll('OK "."\r\n', '') };
}

const whole = (text: string): Uint8Array[] => [Buffer.from(text)];
const bytewise = (text: string): Uint8Array[] => [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));

const TABLE: readonly (readonly [
  name: string,
  sent: string,
  events: readonly ManageSieveEvent[],
  said: string,
])[] = [
  ['a plain command', 'LISTSCRIPTS\r\n', [{ type: 'listscripts' }], ''],
  ['in any letter case, line end LF', 'listScripts\n', [{ type: 'listscripts' }], ''],
  ['quoted', 'GETSCRIPT "a \\"b\\" \\\\ c"\r\n', [{ type: 'getscript', name: 'a "b" \\ c' }], ''],
  ['UTF-8', 'GETSCRIPT "grüße"\r\n', [{ type: 'getscript', name: 'grüße' }], ''],
  ['a literal', 'GETSCRIPT {3+}\r\nabc\r\n', [{ type: 'getscript', name: 'abc' }], ''],
  ['a literal that waits', 'GETSCRIPT {3}\r\nabc\r\n', [{ type: 'getscript', name: 'abc' }], ''],
  [
    'two literals',
    'PUTSCRIPT {1+}\r\na {5+}\r\n\r\n{1}\r\n',
    [{ type: 'putscript', name: 'a', content: '\r\n{1}' }],
    '',
  ],
  ['an empty literal', 'SETACTIVE {0+}\r\n\r\n', [{ type: 'setactive', name: '' }], ''],
  ['a quoted string that looks like one', 'GETSCRIPT "{3+}"\r\n', [{ type: 'getscript', name: '{3+}' }], ''],
  ['a number', 'HAVESPACE "a" 12\r\n', [{ type: 'havespace', name: 'a', octets: 12 }], ''],
  [
    'pipelined',
    'NOOP\r\nNOOP "x"\r\n',
    [
      { type: 'noop', tag: undefined },
      { type: 'noop', tag: 'x' },
    ],
    '',
  ],
  ['two spaces', 'NOOP  "x"\r\n', [], 'NO "the command cannot be read"\r\n'],
  ['nothing', '\r\n', [], 'NO "a command is missing"\r\n'],
  ['no end of the string', 'NOOP "x\r\n', [], 'NO "the command cannot be read"\r\n'],
  ['a NUL', 'NOOP\0\r\n', [], 'NO "the command cannot be read"\r\n'],
  ['too many arguments', 'LISTSCRIPTS "x"\r\n', [], 'NO "wrong arguments"\r\n'],
  [
    'a literal over the limit is passed over',
    `PUTSCRIPT "a" {1048577+}\r\n${'x'.repeat(1_048_577)}\r\nNOOP\r\n`,
    [{ type: 'noop', tag: undefined }],
    'NO (QUOTA/MAXSIZE) "the literal is too large"\r\n',
  ],
];

describe('the ManageSieve engine', () => {
  for (const [name, sent, events, said] of TABLE) {
    test(name, () => assert.deepEqual(play(whole(sent)), { events, said }));
    if (sent.length < 1_000)
      test(`${name}, byte by byte`, () => assert.deepEqual(play(bytewise(sent)), { events, said }));
  }

  test('an endless line, and bad commands without end, end the connection', () => {
    const endless = play(whole('x'.repeat(20_000)));
    assert.equal(endless.said, 'BYE "the line is too long"\r\n');
    const bad = play(whole('FROB\r\n'.repeat(100)));
    assert.equal(bad.said.match(/^NO/gm)?.length, 20);
    assert.match(bad.said, /BYE "too many bad commands"\r\n$/);
  });

  test('before the log-in a literal is no way to fill memory', () => {
    const { said } = play(whole(`AUTHENTICATE "PLAIN" {100000+}\r\n${'x'.repeat(100_000)}\r\n`), false);
    assert.equal(said, 'NO (QUOTA/MAXSIZE) "the literal is too large"\r\n');
  });

  test('random bytes neither throw nor hang', () => {
    let seed = 11;
    const random = (limit: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % limit;
    };
    const letters = 'NOOP "{3+}\r\n\\ PUTSCRIPT1\0\xff';
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: 60 }, () => letters[random(letters.length)]).join('');
      const engine = new ManageSieveEngine();
      engine.receive(Buffer.from(text, 'latin1'));
      for (let step = 0; step < 200; step++) {
        const event = engine.next();
        if (typeof event === 'string') break;
        engine.no('.');
        assert.ok(step < 199, text);
      }
    }
  });
});
