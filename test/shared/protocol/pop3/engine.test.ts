import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pop3Engine, type Pop3Event } from '../../../../shared/protocol/pop3/engine.ts';
import { waysToCut } from './cuts.ts';

type Answer = (engine: Pop3Engine, event: Pop3Event) => void;

const plainOk: Answer = (engine) => engine.ok('done');

/** Feeds the pieces as a driver would, and answers each event. */
function run(pieces: readonly Buffer[], answer: Answer, start?: (engine: Pop3Engine) => void) {
  const engine = new Pop3Engine();
  start?.(engine);
  const events: Pop3Event[] = [];
  const output: Uint8Array[] = [];
  for (const piece of pieces) {
    engine.receive(piece);
    for (;;) {
      const event = engine.next();
      if (event === 'need-data' || event === 'paused') break;
      events.push(event);
      answer(engine, event);
    }
    output.push(...engine.takeOutput());
  }
  return { engine, events, output: Buffer.concat(output).toString() };
}

const inTransaction = (engine: Pop3Engine): void => engine.enterTransaction();
const ERR = 'bad' as const;

const LINES: readonly (readonly [line: string, expected: Pop3Event | typeof ERR, transaction: boolean])[] = [
  ['USER alice', { type: 'user', name: 'alice' }, false],
  ['user  alice ', { type: 'user', name: 'alice' }, false],
  ['USER', ERR, false],
  ['PASS a b ', { type: 'pass', password: 'a b ' }, false],
  ['PASS', { type: 'pass', password: '' }, false],
  ['PASS pässwort', { type: 'pass', password: 'pässwort' }, false],
  ['AUTH', { type: 'mechanisms' }, false],
  ['AUTH plain', { type: 'auth', mechanism: 'PLAIN', initialResponse: null }, false],
  ['AUTH PLAIN AGEAYg==', { type: 'auth', mechanism: 'PLAIN', initialResponse: 'AGEAYg==' }, false],
  ['AUTH PLAIN =', { type: 'auth', mechanism: 'PLAIN', initialResponse: '=' }, false],
  ['AUTH PLAIN a b', ERR, false],
  ['STLS', { type: 'stls' }, false],
  ['STLS now', ERR, false],
  ['CAPA', { type: 'capa' }, false],
  ['QUIT', { type: 'quit' }, false],
  ['STAT', ERR, false],
  ['RETR 1', ERR, false],
  ['NOOP', ERR, false],
  ['APOP alice c4c9334bac560ecc979e58001b3e22fb', ERR, false],
  ['', ERR, false],
  ['HELP', ERR, false],
  ['constructor', ERR, false],
  ['USER alice', ERR, true],
  ['STLS', ERR, true],
  ['AUTH PLAIN', ERR, true],
  ['CAPA', { type: 'capa' }, true],
  ['stat', { type: 'stat' }, true],
  ['STAT 1', ERR, true],
  ['LIST', { type: 'list', message: null }, true],
  ['LIST 7', { type: 'list', message: 7 }, true],
  ['LIST x', ERR, true],
  ['LIST 1 2', ERR, true],
  ['UIDL', { type: 'uidl', message: null }, true],
  ['uidl 3', { type: 'uidl', message: 3 }, true],
  ['RETR 2', { type: 'retr', message: 2 }, true],
  ['RETR', ERR, true],
  ['RETR -1', ERR, true],
  ['RETR 99999999999', ERR, true],
  ['DELE 4', { type: 'dele', message: 4 }, true],
  ['DELE 4.0', ERR, true],
  ['TOP 1 0', { type: 'top', message: 1, lines: 0 }, true],
  ['TOP 1', ERR, true],
  ['TOP 1 -2', ERR, true],
  ['NOOP', { type: 'noop' }, true],
  ['RSET', { type: 'rset' }, true],
  ['QUIT', { type: 'quit' }, true],
];

for (const [line, expected, transaction] of LINES) {
  test(`pop3 engine: '${line}' in ${transaction ? 'TRANSACTION' : 'AUTHORIZATION'}`, () => {
    for (const pieces of waysToCut(Buffer.from(`${line}\r\n`), 5)) {
      const { events, output } = run(pieces, plainOk, transaction ? inTransaction : undefined);
      assert.deepEqual(events, expected === ERR ? [] : [expected]);
      assert.match(output, expected === ERR ? /^-ERR .+\r\n$/ : /^\+OK done\r\n$/);
    }
  });
}

test('pop3 engine: a pipelined batch is answered in order, however it is cut', () => {
  const input = Buffer.from('STAT\r\nBAD\r\nRETR 1\nNOOP\r\nQUIT\r\n');
  for (const pieces of waysToCut(input)) {
    const { events, output } = run(pieces, (engine, event) => engine.ok(event.type), inTransaction);
    assert.deepEqual(
      events.map((event) => event.type),
      ['stat', 'retr', 'noop', 'quit'],
    );
    assert.equal(output, '+OK stat\r\n-ERR unknown command\r\n+OK retr\r\n+OK noop\r\n+OK quit\r\n');
  }
});

test('pop3 engine: a batch of replies is one Buffer', () => {
  const engine = new Pop3Engine();
  engine.receive(Buffer.from('CAPA\r\nCAPA\r\n'));
  for (let event = engine.next(); event !== 'need-data'; event = engine.next()) engine.ok('x');
  assert.equal(engine.takeOutput().length, 1);
});

test('pop3 engine: waits for the reply before it reads on', () => {
  const engine = new Pop3Engine();
  engine.receive(Buffer.from('CAPA\r\nQUIT\r\n'));
  assert.equal((engine.next() as Pop3Event).type, 'capa');
  assert.equal(engine.next(), 'paused');
  engine.begin('list');
  engine.line('TOP');
  assert.equal(engine.next(), 'paused');
  engine.end();
  assert.equal((engine.next() as Pop3Event).type, 'quit');
  assert.equal(Buffer.concat(engine.takeOutput()).toString(), '+OK list\r\nTOP\r\n.\r\n');
});

test('pop3 engine: a line of 255 octets is taken, one of 256 refused, and the session goes on', () => {
  const longest = `PASS ${'x'.repeat(255 - 7)}\r\n`;
  const tooLong = `PASS ${'x'.repeat(256 - 7)}\r\n`;
  for (const pieces of waysToCut(Buffer.from(`${tooLong}${longest}${'y'.repeat(5_000)}\r\nCAPA\r\n`))) {
    const { events, output } = run(pieces, plainOk);
    assert.deepEqual(
      events.map((event) => event.type),
      ['pass', 'capa'],
    );
    assert.equal(output, '-ERR line too long\r\n+OK done\r\n-ERR line too long\r\n+OK done\r\n');
  }
});

test('pop3 engine: nothing of an over-long line is kept', () => {
  const engine = new Pop3Engine();
  for (let i = 0; i < 1_000; i++) {
    engine.receive(Buffer.alloc(1_000, 120));
    assert.equal(engine.next(), 'need-data');
    assert.ok(engine.buffered < 2_000);
  }
});

test('pop3 engine: SASL exchange with challenge, response, cancel', () => {
  const input = Buffer.from(`AUTH PLAIN\r\n${'A'.repeat(1_000)}\r\nAUTH PLAIN\r\n*\r\nCAPA\r\n`);
  for (const pieces of waysToCut(input, 5)) {
    const { events, output } = run(pieces, (engine, event) =>
      event.type === 'auth' ? engine.challenge('') : engine.err(event.type),
    );
    assert.deepEqual(events[1], { type: 'response', response: 'A'.repeat(1_000) });
    assert.deepEqual(events[3], { type: 'response', response: null });
    assert.equal(events[4]?.type, 'capa');
    assert.equal(output, '+ \r\n-ERR response\r\n+ \r\n-ERR response\r\n-ERR capa\r\n');
  }
});

test('pop3 engine: STLS stops reading, so that what was injected stays visible as buffered', () => {
  const engine = new Pop3Engine();
  engine.receive(Buffer.from('STLS\r\nUSER mallory\r\n'));
  engine.next();
  engine.startTls('begin');
  assert.equal(engine.next(), 'paused');
  assert.equal(engine.buffered, 'USER mallory\r\n'.length);
});

test('pop3 engine: too many bad commands end it', () => {
  const { engine, output } = run([Buffer.from('x\r\n'.repeat(100))], plainOk);
  assert.equal(engine.state, 'error');
  assert.equal(output.split('\r\n').length, 22);
});

test('pop3 engine: a command that is refused is no bad command, and a good one starts the count anew', () => {
  const refusing: Answer = (engine, event) =>
    event.type === 'quit' ? engine.ok('update') : engine.err('no such message');
  const fine = [
    'RETR 99\r\nDELE 0\r\nLIST 7\r\nTOP 8 1\r\nUIDL 9\r\n',
    'USER alice\r\nSTLS\r\n',
    `${'x\r\n'.repeat(15)}NOOP\r\n`,
    `${'RETR x\r\n'.repeat(15)}PASS y\r\n`,
  ];
  for (const lines of fine) {
    const { engine, output } = run([Buffer.from(`${lines.repeat(10)}QUIT\r\n`)], refusing, inTransaction);
    assert.equal(engine.state, 'transaction', lines);
    assert.match(output, /\+OK update\r\n$/);
  }
  const { engine } = run([Buffer.from('STAT\r\n'.repeat(100))], refusing);
  assert.equal(engine.state, 'authorization');
});

test('pop3 engine: response codes stand in brackets', () => {
  const { output } = run([Buffer.from('PASS x\r\n')], (engine) => engine.err('in use', 'IN-USE'));
  assert.equal(output, '-ERR [IN-USE] in use\r\n');
});

test('pop3 engine: any bytes whatever get status indicators, one a line, and throw nothing', () => {
  const alphabet = [
    'STAT',
    'RETR 1',
    'USER a',
    'AUTH PLAIN',
    '*',
    ' ',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\xff',
    'x'.repeat(300),
  ];
  let seed = 4_711;
  for (let round = 0; round < 300; round++) {
    let input = '';
    for (let at = 0; at < 40; at++) {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      input += alphabet[(seed >> 8) % alphabet.length];
    }
    const answer: Answer = (engine, event) =>
      event.type === 'auth' ? engine.challenge('') : engine.ok('done');
    const { output } = run([Buffer.from(input, 'latin1')], answer, round % 2 ? inTransaction : undefined);
    for (const line of output.split('\r\n').slice(0, -1)) assert.match(line, /^(\+OK|-ERR|\+) /);
  }
});
