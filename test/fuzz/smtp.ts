import { PlainMechanism } from '../../shared/protocol/sasl/plain.ts';
import { DataEncoder } from '../../shared/protocol/smtp/client-data.ts';
import { SmtpServer } from '../../shared/protocol/smtp/server.ts';
import type { ServerEvent, ServerOptions } from '../../shared/protocol/smtp/server-events.ts';
import { MAX_AUTH_LINE_BYTES } from '../../shared/protocol/smtp/server-limits.ts';
import { reply } from '../../shared/protocol/smtp/server-reply.ts';
import { cut, type Grammar, mutate, pick, type Random, sentence } from './grammar.ts';
import { fuzzSmtpClient } from './smtp-client.ts';

const MAX_MESSAGE = 20_000;

const GRAMMAR: Grammar = {
  session: ['<hello><lines>', '<hello><message><lines>', '<hello><message><message>', '<lines>'],
  hello: ['EHLO c.test\r\n', 'HELO c.test\r\n', 'LHLO c.test\r\n', 'EHLO <word>\r\n', ''],
  lines: ['<line>', '<line><line>', '<line><lines>'],
  line: ['<command>\r\n', '<command>\r\n', '<command>\n', '<word>\r\n', '<base64>\r\n', '<content>'],
  command: [
    'MAIL FROM:<path><parameters>',
    'RCPT TO:<path><parameters>',
    'DATA',
    'BDAT <number>',
    'BDAT <number> LAST',
    'RSET',
    'NOOP <word>',
    'VRFY <word>',
    'EXPN <word>',
    'ETRN <word>',
    'HELP <word>',
    'AUTH PLAIN',
    'AUTH PLAIN <base64>',
    'AUTH <word> <base64>',
    'STARTTLS',
    'EHLO <word>',
    'TURN',
    'QUIT',
  ],
  message: [
    'MAIL FROM:<path><parameters>\r\nRCPT TO:<path>\r\nDATA\r\n<content><end>',
    'MAIL FROM:<a@c.test>\r\nRCPT TO:<b@c.test>\r\nDATA\r\n<content><end>',
    'MAIL FROM:<a@c.test> BODY=BINARYMIME\r\nRCPT TO:<b@c.test>\r\nBDAT 5\r\n12345BDAT 4 LAST\r\n\r\n.\n',
    'MAIL FROM:<a@c.test>\r\nRCPT TO:<b@c.test>\r\nBDAT <number> LAST\r\n<content>',
  ],
  path: [
    '<a@c.test>',
    '<>',
    '<Postmaster>',
    '<"a b"@c.test>',
    '<@x,@y:a@c.test>',
    '<a@[127.0.0.1]>',
    '<\xc3\xa4@c.test>',
    '<word>',
  ],
  parameters: [
    '',
    '',
    ' SIZE=<number>',
    ' BODY=8BITMIME',
    ' SMTPUTF8',
    ' NOTIFY=<word>',
    ' RET=FULL ENVID=<word>',
    ' BY=<number>;R',
    ' MT-PRIORITY=<number>',
    ' HOLDFOR=<number>',
    ' AUTH=<>',
    ' <word>=<word>',
  ],
  word: [
    'a@c.test',
    'x',
    '*',
    '\xc3\xa4',
    'SUCCESS,FAILURE',
    '+41',
    '',
    'w'.repeat(600),
    '<word><word>',
    '\0',
  ],
  base64: ['AGEAYg==', '=', '*', 'QUJD', 'A'.repeat(13_000)],
  number: ['0', '1', '20', '-1', '30000', '4294967296', '99999999999999999999', 'one'],
  content: [
    'Subject: x\r\n\r\nbody\r\n',
    'text',
    '\r\n',
    '.',
    '..\r\n',
    '\r',
    '\n',
    '\xff',
    'x'.repeat(1_100),
    '<content><content>',
    '<content><content><content>',
  ],
  end: ['\r\n.\r\n', '\r\n.\r\n', '.\r\n', '\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n'],
};

/** What some server or other takes for the end of a message, and is not (RFC 5321 §4.1.1.4). */
const FALSE_ENDS = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\r\n\x00.\r\n',
  '\r\n.\0\r\n',
  '\r\n.\r\r\n',
  '\r\r\n.\r\r\n',
];

const OPTIONS: ServerOptions = {
  hostname: 'mx.test',
  protocol: 'smtp',
  maxMessageBytes: MAX_MESSAGE,
  maxRecipients: 5,
  startTls: true,
  secure: false,
  auth: 'always',
  expand: true,
  startQueue: true,
  verify: true,
  futureRelease: { maxSeconds: 1_000, now: () => 1_700_000_000_000 },
  sasl: () => ({
    names: ['PLAIN'],
    create: (name) => (name.toUpperCase() === 'PLAIN' ? new PlainMechanism() : undefined),
  }),
};
const NO = reply(550, '5.7.1', 'no');
const YES = reply(252, '2.1.5', 'yes');
const LINE = /^[2-5]\d\d[ -][\x20-\x7e]*$/;

/** A session of a client, one that would smuggle, a message on its way out, or a session with a server. */
export function fuzzSmtp(next: Random): void {
  pick(next, [session, session, smugglingIn, wayOut, fuzzSmtpClient])(next);
}

function session(next: Random): void {
  const options = next() < 0.2 ? { ...OPTIONS, protocol: 'lmtp' as const } : OPTIONS;
  play(mutate(sentence(GRAMMAR, 'session', next), next), next, options, () => next() < 0.8);
}

interface Heard {
  readonly reversePaths: string[];
  readonly messages: string[];
}

/** What the session hears of what a client sends; it says yes to what `agrees`. */
function play(text: string, next: Random, options: ServerOptions, agrees: () => boolean): Heard {
  const input = Buffer.from(text, 'latin1');
  const engine = new SmtpServer(options);
  const heard: Heard = { reversePaths: [], messages: [] };
  let message: Uint8Array[] = [];
  let budget = 100 + 8 * input.length;
  for (const piece of cut(input, next)) {
    engine.receive(piece);
    for (;;) {
      budget -= 1;
      if (budget < 0) throw new Error('more steps than bytes allow');
      const event = engine.next();
      if (event === 'need-data') break;
      if (event === 'paused') throw new Error('paused without an event to answer');
      if (event.type === 'mail') heard.reversePaths.push(event.reversePath);
      if (event.type === 'data-start') message = [];
      if (event.type === 'data') message.push(Buffer.from(event.chunk));
      if (event.type === 'data-end') heard.messages.push(whole(message, event));
      answer(engine, event, agrees());
    }
    const output = Buffer.concat(engine.takeOutput()).toString('latin1');
    if (output !== '' && !output.endsWith('\r\n')) throw new Error('half a line');
    for (const line of output.split('\r\n').slice(0, -1))
      if (!LINE.test(line)) throw new Error(`a line that is no reply: ${line}`);
    if (engine.buffered > MAX_AUTH_LINE_BYTES + 1) throw new Error(`holds ${engine.buffered} bytes`);
  }
  return heard;
}

function whole(
  message: readonly Uint8Array[],
  { size, binary }: Extract<ServerEvent, { type: 'data-end' }>,
): string {
  const text = Buffer.concat(message).toString('latin1');
  if (text.length !== size) throw new Error(`${size} octets told, ${text.length} given`);
  if (size > MAX_MESSAGE) throw new Error('a message over the limit');
  if (!binary && /(?<!\r)\n|\r(?!\n)/.test(text)) throw new Error('a CR or LF that stands alone was taken');
  return text;
}

function answer(engine: SmtpServer, event: ServerEvent, yes: boolean): void {
  switch (event.type) {
    case 'mail':
    case 'rcpt':
    case 'data-start':
    case 'data-end':
    case 'connect':
      if (yes) engine.accept();
      else engine.refuse(NO);
      return;
    case 'verify':
    case 'expand':
    case 'start-queue':
      if (yes) engine.accept(YES);
      else engine.refuse(NO);
      return;
    case 'auth':
      engine.answerAuth({ kind: 'verdict', accepted: yes });
      return;
    case 'start-tls':
      engine.tlsStarted();
      return;
    case 'data':
      if (!yes) engine.refuseData(NO);
      return;
    default:
  }
}

/** No false end ends a message: what stands behind it is never taken for a command. */
function smugglingIn(next: Random): void {
  const pieces = Array.from({ length: 1 + Math.floor(next() * 4) }, () =>
    pick(next, [...FALSE_ENDS, 'text', '\r\n', '.', 'a\r\n.b\r\n']),
  );
  const smuggled = 'MAIL FROM:<smuggled@c.test>\r\nRCPT TO:<b@c.test>\r\nDATA\r\nmore';
  const body = `x${pieces.join('')}${pick(next, FALSE_ENDS)}${smuggled}`;
  if (body.includes('\r\n.\r\n')) return;
  const text = `EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@c.test>\r\nDATA\r\n${body}\r\n.\r\nQUIT\r\n`;
  const { reversePaths, messages } = play(text, next, OPTIONS, () => true);
  if (reversePaths.join() !== 'a@c.test') throw new Error(`smuggled in: ${JSON.stringify(body)}`);
  // Only what has no CR or LF alone is taken at all.
  if (messages.length > 0 && /(?<!\r)\n|\r(?!\n)/.test(body)) throw new Error('taken with a false end in it');
}

/** Whatever a message holds, it goes out as one message, whose end no receiver can see anywhere else. */
function wayOut(next: Random): void {
  const text = mutate(
    Array.from({ length: Math.floor(next() * 6) }, () =>
      pick(next, [...FALSE_ENDS, 'text', '\r\n', '.', '\r', '\n', 'y'.repeat(1_200), '\r\n.\r\n']),
    ).join(''),
    next,
  );
  const encoder = new DataEncoder();
  const sent = cut(Buffer.from(text, 'latin1'), next).map((piece) => Buffer.from(encoder.write(piece)));
  const wire = Buffer.concat([...sent, encoder.end()]).toString('latin1');
  if (/(?<!\r)\n|\r(?!\n)/.test(wire)) throw new Error('a CR or LF alone goes out');
  const lines = wire.split('\r\n');
  if (lines.indexOf('.') !== lines.length - 2 || lines.at(-1) !== '')
    throw new Error('an end before the end');
  if (lines.some((line) => line.length > 999)) throw new Error('a line over 998 octets goes out');
  const session = `EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@c.test>\r\nDATA\r\n${wire}`;
  const { messages } = play(session, next, OPTIONS, () => true);
  if (messages.length !== 1) throw new Error(`${messages.length} messages arrive`);
  // Line ends, and where long lines are broken, aside.
  const bare = (message: string): string => message.replace(/\r?\n ?|\r/g, '').replaceAll(' ', '');
  if (bare(messages[0]!) !== bare(text)) throw new Error('another message arrives');
}
