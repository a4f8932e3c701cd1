import { Pop3Engine } from '../../shared/protocol/pop3/engine.ts';
import { MultiLineEncoder } from '../../shared/protocol/pop3/multi-line.ts';
import { cut, type Grammar, mutate, type Random, sentence } from './grammar.ts';

const GRAMMAR: Grammar = {
  session: ['<line>', '<line><line>', '<line><session>'],
  line: ['<command>\r\n', '<command>\n', '<command> \r\n', '<command> <word>\r\n', '<base64>\r\n', '\r\n'],
  command: [
    'USER <word>',
    'PASS <word>',
    'PASS <word> <word>',
    'AUTH',
    'AUTH PLAIN',
    'AUTH <word> <base64>',
    'STLS',
    'CAPA',
    'UTF8',
    'LANG',
    'LANG <word>',
    'STAT',
    'LIST',
    'LIST <number>',
    'UIDL',
    'UIDL <number>',
    'RETR <number>',
    'DELE <number>',
    'TOP <number> <number>',
    'NOOP',
    'RSET',
    'QUIT',
    'APOP <word> <word>',
    '<word>',
  ],
  word: ['alice@example.test', 'x', '*', '\xc3\xa4', 'en-GB', '', 'w'.repeat(260), '<word><word>', '\0'],
  base64: ['AGEAYg==', '=', '*', 'QUJD', 'A'.repeat(9_000)],
  number: ['0', '1', '2', '-1', '4294967296', '99999999999', 'one', '1.5'],
  message: [
    '',
    '.',
    '.\r\n',
    '..\n',
    '\r',
    '\n',
    '\r\n',
    'Subject: s\r\n\r\n',
    'text',
    '\r\n.\r\n',
    '<message><message>',
    '<message><message><message>',
  ],
};

/** One session, and one message on its way out. */
export function fuzzPop3(next: Random): void {
  session(next);
  message(next);
}

function session(next: Random): void {
  const input = Buffer.from(mutate(sentence(GRAMMAR, 'session', next), next), 'latin1');
  const engine = new Pop3Engine();
  let budget = 100 + 8 * input.length;
  for (const piece of cut(input, next)) {
    engine.receive(piece);
    for (;;) {
      budget -= 1;
      if (budget < 0) throw new Error('more steps than bytes allow');
      const event = engine.next();
      if (event === 'need-data') break;
      if (event === 'paused') throw new Error('paused without an event to answer');
      if (event.type === 'pass') engine.enterTransaction();
      const answer = next();
      if (event.type === 'auth' && answer < 0.7) engine.challenge('');
      else if (answer < 0.3) engine.err('no');
      else if (answer < 0.5) {
        engine.begin('it follows');
        engine.end();
      } else engine.ok('yes');
    }
    const output = Buffer.concat(engine.takeOutput()).toString('latin1');
    if (output !== '' && !output.endsWith('\r\n')) throw new Error('half a line');
    if (engine.buffered > 10_000) throw new Error(`holds ${engine.buffered} bytes`);
  }
}

/** What a client reads back is the message, its lone line feeds aside. */
function message(next: Random): void {
  const text = mutate(sentence(GRAMMAR, 'message', next), next);
  const encoder = new MultiLineEncoder();
  const sent = cut(Buffer.from(text, 'latin1'), next).flatMap((piece) => encoder.write(piece));
  const wire = Buffer.concat([...sent, ...encoder.end()]).toString('latin1');
  if (wire !== '' && !wire.endsWith('\r\n')) throw new Error('an unfinished line');
  if (/(?:^|\r\n)\.\r\n/.test(wire)) throw new Error('a line that ends the message');
  const read = wire.replace(/(^|\r\n)\./g, '$1');
  const expected = text.replace(/\r?\n/g, '\n');
  const whole = expected === '' || expected.endsWith('\n') ? expected : `${expected.replace(/\r$/, '')}\n`;
  if (read.replace(/\r\n/g, '\n') !== whole) throw new Error('another message');
}
