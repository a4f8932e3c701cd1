import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmtpClient } from '../../../../shared/protocol/smtp/client.ts';
import { parseExtensions } from '../../../../shared/protocol/smtp/client-extensions.ts';
import type { ClientTransaction } from '../../../../shared/protocol/smtp/client-transaction.ts';
import { replyText } from '../../../../shared/protocol/smtp/reply-parser.ts';
import { cuts } from './cuts.ts';

const ONE: ClientTransaction = {
  reversePath: 'a@example.test',
  recipients: [{ forwardPath: 'b@example.org' }],
  size: 12,
  body: '7bit',
  smtpUtf8: false,
};
const THREE: ClientTransaction = {
  ...ONE,
  recipients: ['b', 'c', 'd'].map((name) => ({ forwardPath: `${name}@example.org` })),
};

/** What the session does when the engine is ready, in turn. */
type Act = 'quit' | 'tls' | 'auth' | ClientTransaction;

/**
 * A dialogue: `S:` what the server says, `C:` what the engine must have put out by then, `E:` the event it must have given.
 * Server lines end in CRLF. On 'data-go' the session sends `Subject: x` and a line with a dot.
 */
function play(acts: Act[], script: string[], cut: (bytes: Uint8Array) => Uint8Array[]): void {
  const engine = new SmtpClient('mx.example.test');
  const rest = [...acts];
  const events: string[] = [];
  let output = '';

  const act = () => {
    const next = rest.shift();
    if (next === undefined) return;
    if (next === 'quit') engine.quit();
    else if (next === 'tls') engine.startTls();
    else if (next === 'auth') engine.authenticate('user', 'pass');
    else engine.send(next);
  };
  const pull = () => {
    for (;;) {
      const event = engine.next();
      if (event === 'need-data' || event === 'paused') break;
      switch (event.type) {
        case 'outcome': {
          const { mail, recipients, data } = event.progress;
          events.push(
            `outcome ${[mail, ...recipients, data].map((reply) => (reply ? replyText(reply) : '-')).join(' | ')}`,
          );
          break;
        }
        case 'refused':
          events.push(`refused ${event.at} ${replyText(event.reply)}`);
          break;
        case 'fault':
          events.push(`fault ${event.fault}`);
          break;
        case 'data-go':
          engine.data(Buffer.from('Subject: x\r\n'));
          engine.data(Buffer.from('\r\n.\r\n'));
          engine.endData();
          break;
        case 'ready':
        case 'authenticated':
          break;
        default:
          events.push('reply' in event ? `${event.type} ${replyText(event.reply)}` : event.type);
      }
      if (event.type === 'start-tls') engine.tlsStarted();
      else if (engine.state === 'ready') act();
    }
    output += Buffer.concat(engine.takeOutput()).toString('utf8');
  };

  for (let i = 0; i < script.length; ) {
    const said: string[] = [];
    while (script[i]?.startsWith('S: ')) said.push(`${script[i++]!.slice(3)}\r\n`);
    for (const piece of cut(Buffer.from(said.join('')))) {
      engine.receive(piece);
      pull();
    }
    const wanted: string[] = [];
    while (script[i]?.startsWith('C: ')) wanted.push(`${script[i++]!.slice(3)}\r\n`);
    assert.equal(output, wanted.join(''), `after ${said.join('')}`);
    output = '';
    const expected: string[] = [];
    while (script[i]?.startsWith('E: ')) expected.push(script[i++]!.slice(3));
    assert.deepEqual(events.splice(0), expected, `after ${said.join('')}`);
  }
}

const PIPELINED = ['S: 220 there', 'C: EHLO mx.example.test', 'S: 250-there', 'S: 250 PIPELINING'];
const PLAIN = ['S: 220 there', 'C: EHLO mx.example.test', 'S: 250 there'];
const MESSAGE = ['C: Subject: x', 'C: ', 'C: ..', 'C: .'];

const CHUNKING = [
  'S: 220 there',
  'C: EHLO mx.example.test',
  'S: 250-there',
  'S: 250-PIPELINING',
  'S: 250-8BITMIME',
  'S: 250-CHUNKING',
  'S: 250 BINARYMIME',
];
/** The session gives 17 octets. */
const BINARY: ClientTransaction = { ...THREE, size: 17, body: 'binary' };
const BINARY_ENVELOPE = [
  'C: MAIL FROM:<a@example.test> BODY=BINARYMIME',
  'C: RCPT TO:<b@example.org>',
  'C: RCPT TO:<c@example.org>',
  'C: RCPT TO:<d@example.org>',
];
const CHUNK = ['C: BDAT 17 LAST', 'C: Subject: x', 'C: ', 'C: .'];

const table: [string, Act[], string[]][] = [
  [
    'binary content goes out as one chunk, octet for octet, once a recipient was taken',
    [BINARY, 'quit'],
    [
      ...CHUNKING,
      ...BINARY_ENVELOPE,
      'S: 250 m',
      'S: 250 b',
      'S: 550 c',
      'S: 451 d',
      ...CHUNK,
      'S: 250 queued',
      'C: QUIT',
      'E: outcome 250 m | 250 b | 550 c | 451 d | 250 queued',
    ],
  ],
  [
    'binary content, and no recipient is taken: no chunk, then RSET',
    [BINARY, ONE],
    [
      ...CHUNKING,
      ...BINARY_ENVELOPE,
      'S: 250 m',
      'S: 550 b',
      'S: 550 c',
      'S: 550 d',
      'C: RSET',
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'E: outcome 250 m | 550 b | 550 c | 550 d | -',
    ],
  ],
  [
    'binary content, MAIL is refused',
    [BINARY],
    [
      ...CHUNKING,
      ...BINARY_ENVELOPE,
      'S: 555 m',
      'S: 503 b',
      'S: 503 c',
      'S: 503 d',
      'E: outcome 555 m | 503 b | 503 c | 503 d | -',
    ],
  ],
  [
    'binary content, 421 to the chunk',
    [BINARY],
    [
      ...CHUNKING,
      ...BINARY_ENVELOPE,
      'S: 250 m',
      'S: 250 b',
      'S: 250 c',
      'S: 250 d',
      ...CHUNK,
      'S: 421 4.3.2 leaving',
      'E: outcome 250 m | 250 b | 250 c | 250 d | 421 4.3.2 leaving',
    ],
  ],
  [
    'what the server offers is said, of what the message asks for',
    [
      {
        ...ONE,
        requireTls: true,
        priority: -2,
        deliverBy: { seconds: 90, mode: 'return', trace: true },
        envelopeId: 'E1',
        returnContent: 'headers',
        smtpUtf8: true,
        recipients: [{ forwardPath: 'ü@x', notify: 'NEVER', originalRecipient: 'utf-8;ü@x' }],
      },
    ],
    [
      'S: 220 a',
      'C: EHLO mx.example.test',
      'S: 250-a',
      'S: 250-PIPELINING',
      'S: 250-SMTPUTF8',
      'S: 250-DSN',
      'S: 250-REQUIRETLS',
      'S: 250-MT-PRIORITY NSEP',
      'S: 250-DELIVERBY 60',
      'S: 250 LIMITS RCPTMAX=10',
      'C: MAIL FROM:<a@example.test> SMTPUTF8 REQUIRETLS MT-PRIORITY=-2 BY=90;RT RET=HDRS ENVID=E1',
      'C: RCPT TO:<ü@x> NOTIFY=NEVER ORCPT=utf-8;\\x{FC}@x',
      'C: DATA',
    ],
  ],
  ['the greeting refuses', [], ['S: 554-no', 'S: 554 mail here', 'E: refused greeting 554 no mail here']],
  ['the greeting says 421', [], ['S: 421 busy', 'E: refused greeting 421 busy']],
  [
    'a greeting of several lines',
    ['quit'],
    [
      'S: 220-there',
      'S: 220 hello',
      'C: EHLO mx.example.test',
      'S: 250 a',
      'C: QUIT',
      'S: 221 bye',
      'E: closing 221 bye',
    ],
  ],
  ['another protocol', [], ['S: +OK POP3', 'E: fault a line that is no SMTP reply']],
  [
    'EHLO unknown, HELO taken',
    ['quit'],
    ['S: 220 a', 'C: EHLO mx.example.test', 'S: 502 what', 'C: HELO mx.example.test', 'S: 250 a', 'C: QUIT'],
  ],
  [
    'EHLO and HELO refused',
    [],
    [
      'S: 220 a',
      'C: EHLO mx.example.test',
      'S: 550 no',
      'C: HELO mx.example.test',
      'S: 550 5.7.1 no',
      'E: refused helo 550 5.7.1 no',
    ],
  ],
  [
    'EHLO refused for now',
    [],
    ['S: 220 a', 'C: EHLO mx.example.test', 'S: 451 later', 'E: refused ehlo 451 later'],
  ],
  [
    'one at a time without PIPELINING',
    [THREE, 'quit'],
    [
      ...PLAIN,
      'C: MAIL FROM:<a@example.test>',
      'S: 250 m',
      'C: RCPT TO:<b@example.org>',
      'S: 250 b',
      'C: RCPT TO:<c@example.org>',
      'S: 550 5.1.1 c',
      'C: RCPT TO:<d@example.org>',
      'S: 452 d',
      'C: DATA',
      'S: 354 go',
      ...MESSAGE,
      'S: 250 queued',
      'C: QUIT',
      'E: outcome 250 m | 250 b | 550 5.1.1 c | 452 d | 250 queued',
    ],
  ],
  [
    'MAIL refused without PIPELINING: no RCPT, then RSET',
    [THREE, ONE],
    [
      ...PLAIN,
      'C: MAIL FROM:<a@example.test>',
      'S: 550 m',
      'C: RSET',
      'E: outcome 550 m | - | - | - | -',
      'S: 250 r',
      'C: MAIL FROM:<a@example.test>',
    ],
  ],
  [
    'all RCPT refused without PIPELINING: no DATA, then RSET',
    [ONE, ONE],
    [
      ...PLAIN,
      'C: MAIL FROM:<a@example.test>',
      'S: 250 m',
      'C: RCPT TO:<b@example.org>',
      'S: 550 b',
      'C: RSET',
      'E: outcome 250 m | 550 b | -',
    ],
  ],
  [
    'everything at once with PIPELINING',
    [THREE, 'quit'],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: RCPT TO:<c@example.org>',
      'C: RCPT TO:<d@example.org>',
      'C: DATA',
      'S: 250 m',
      'S: 250 b',
      'S: 550-no',
      'S: 550 c',
      'S: 451 d',
      'S: 354 go',
      ...MESSAGE,
      'S: 250 queued',
      'C: QUIT',
      'E: outcome 250 m | 250 b | 550 no c | 451 d | 250 queued',
    ],
  ],
  [
    'PIPELINING, all refused, and yet 354: an empty message',
    [ONE, 'quit'],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'S: 250 m',
      'S: 550 b',
      'S: 354 go',
      'C: .',
      'S: 554 no recipients',
      'C: QUIT',
      'E: outcome 250 m | 550 b | -',
    ],
  ],
  [
    'PIPELINING, all refused: RSET leads the next',
    [ONE, ONE, 'quit'],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'S: 250 m',
      'S: 550 b',
      'S: 503 no',
      'C: RSET',
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'E: outcome 250 m | 550 b | -',
      'S: 250 r',
      'S: 250 m',
      'S: 250 b',
      'S: 354 go',
      ...MESSAGE,
      'S: 250 queued',
      'C: QUIT',
      'E: outcome 250 m | 250 b | 250 queued',
    ],
  ],
  [
    'PIPELINING, MAIL refused',
    [ONE, 'quit'],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'S: 450 m',
      'S: 503 b',
      'S: 503 d',
      'C: QUIT',
      'E: outcome 450 m | 503 b | -',
    ],
  ],
  [
    'DATA refused',
    [ONE, 'quit'],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'S: 250 m',
      'S: 250 b',
      'S: 451 later',
      'C: QUIT',
      'E: outcome 250 m | 250 b | 451 later',
    ],
  ],
  [
    'the message refused; the connection serves the next without RSET',
    [ONE, ONE],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'S: 250 m',
      'S: 250 b',
      'S: 354 go',
      ...MESSAGE,
      'S: 554 5.7.1 spam',
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'E: outcome 250 m | 250 b | 554 5.7.1 spam',
    ],
  ],
  [
    '421 midway stands for all that had no reply',
    [THREE],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: RCPT TO:<c@example.org>',
      'C: RCPT TO:<d@example.org>',
      'C: DATA',
      'S: 250 m',
      'S: 550 b',
      'S: 421 4.3.2 down',
      'E: outcome 250 m | 550 b | 421 4.3.2 down | 421 4.3.2 down | 421 4.3.2 down',
    ],
  ],
  [
    '421 to the end of the message',
    [ONE],
    [
      ...PIPELINED,
      'C: MAIL FROM:<a@example.test>',
      'C: RCPT TO:<b@example.org>',
      'C: DATA',
      'S: 250 m',
      'S: 250 b',
      'S: 354 go',
      ...MESSAGE,
      'S: 421 down',
      'E: outcome 250 m | 250 b | 421 down',
    ],
  ],
  [
    '421 between two transactions',
    [],
    ['S: 220 a', 'C: EHLO mx.example.test', 'S: 250 a', 'S: 421 idle', 'E: closing 421 idle'],
  ],
  [
    'a reply to nothing',
    [],
    ['S: 220 a', 'C: EHLO mx.example.test', 'S: 250 a', 'S: 250 b', 'E: fault a reply to nothing'],
  ],
  [
    '354 to RCPT',
    [ONE],
    [
      ...PLAIN,
      'C: MAIL FROM:<a@example.test>',
      'S: 250 m',
      'C: RCPT TO:<b@example.org>',
      'S: 354 go',
      'E: fault 354 to RCPT',
    ],
  ],
  [
    '250 to DATA',
    [ONE],
    [
      ...PLAIN,
      'C: MAIL FROM:<a@example.test>',
      'S: 250 m',
      'C: RCPT TO:<b@example.org>',
      'S: 250 b',
      'C: DATA',
      'S: 250 go',
      'E: fault 250 to DATA',
    ],
  ],
  [
    'STARTTLS: what was offered in clear is forgotten',
    ['tls', ONE],
    [
      'S: 220 a',
      'C: EHLO mx.example.test',
      'S: 250-a',
      'S: 250-SIZE 99',
      'S: 250 STARTTLS',
      'C: STARTTLS',
      'S: 220 go',
      'C: EHLO mx.example.test',
      'E: start-tls',
      'S: 250 a',
      'C: MAIL FROM:<a@example.test>',
    ],
  ],
  [
    'STARTTLS refused',
    ['tls', ONE],
    [
      'S: 220 a',
      'C: EHLO mx.example.test',
      'S: 250-a',
      'S: 250 STARTTLS',
      'C: STARTTLS',
      'S: 454 no',
      'C: MAIL FROM:<a@example.test>',
      'E: start-tls-refused 454 no',
    ],
  ],
  [
    'AUTH PLAIN',
    ['auth', ONE],
    [...PLAIN, 'C: AUTH PLAIN AHVzZXIAcGFzcw==', 'S: 235 ok', 'C: MAIL FROM:<a@example.test>'],
  ],
  [
    'AUTH refused',
    ['auth', 'quit'],
    [...PLAIN, 'C: AUTH PLAIN AHVzZXIAcGFzcw==', 'S: 535 no', 'C: QUIT', 'E: auth-refused 535 no'],
  ],
  [
    'every parameter, where it is offered',
    [
      {
        reversePath: '',
        recipients: [
          { forwardPath: 'ü@example.org', notify: 'SUCCESS,FAILURE', originalRecipient: 'rfc822;u+2B@x' },
        ],
        size: 77,
        body: '8bit',
        smtpUtf8: true,
        envelopeId: 'QQ',
        returnContent: 'headers',
      },
    ],
    [
      'S: 220 a',
      'C: EHLO mx.example.test',
      'S: 250-a',
      'S: 250-size 1000',
      'S: 250-8BITMIME',
      'S: 250-SMTPUTF8',
      'S: 250-PIPELINING',
      'S: 250 DSN',
      'C: MAIL FROM:<> SIZE=77 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ',
      'C: RCPT TO:<ü@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;u+2B@x',
      'C: DATA',
    ],
  ],
  [
    'no parameter that is not offered',
    [{ ...ONE, body: '8bit', smtpUtf8: true, envelopeId: 'QQ', returnContent: 'full' }],
    [...PLAIN, 'C: MAIL FROM:<a@example.test>'],
  ],
];

for (const [name, acts, script] of table) {
  test(`smtp client: ${name}`, () => {
    for (let style = 0; style < 7; style++) play(acts, script, (bytes) => [...cuts(bytes)][style]!);
  });
}

test('smtp client: bytes in clear behind the reply to STARTTLS are an injection', () => {
  const engine = new SmtpClient('mx');
  engine.receive(Buffer.from('220 a\r\n'));
  engine.next();
  engine.receive(Buffer.from('250-a\r\n250 STARTTLS\r\n'));
  engine.next();
  engine.startTls();
  engine.receive(Buffer.from('220 go\r\n250 injected\r\n'));
  assert.deepEqual(engine.next(), { type: 'fault', fault: 'bytes in clear after the reply to STARTTLS' });
  assert.equal(engine.state, 'error');
});

function readyEngine(): SmtpClient {
  const engine = new SmtpClient('mx');
  engine.receive(Buffer.from('220 a\r\n'));
  engine.next();
  engine.receive(Buffer.from('250 a\r\n'));
  engine.next();
  engine.takeOutput();
  return engine;
}

test('smtp client: a refusal in the middle of the message is the outcome, and the connection is done', () => {
  const engine = readyEngine();
  engine.send(ONE);
  for (const said of ['250 m\r\n', '250 b\r\n', '354 go\r\n']) {
    engine.receive(Buffer.from(said));
    engine.next();
  }
  assert.equal(engine.state, 'data');
  engine.data(Buffer.from('half a li'));
  engine.receive(Buffer.from('552 too large\r\n'));
  const event = engine.next();
  assert.ok(typeof event === 'object' && event.type === 'outcome');
  assert.equal(event.progress.data?.code, 552);
  assert.equal(engine.state, 'error');
  assert.equal(Buffer.concat(engine.takeOutput()).includes('\r\n.\r\n'), false);
});

test('smtp client: a path or parameter that would break out of its command is refused before anything is sent', () => {
  for (const path of ['a@b>\r\nRCPT TO:<c@d', 'a\0@b', 'a\n@b', 'x'.repeat(1_001)]) {
    assert.throws(() => readyEngine().send({ ...ONE, reversePath: path }), TypeError);
    assert.throws(() => readyEngine().send({ ...ONE, recipients: [{ forwardPath: path }] }), TypeError);
  }
  const engine = new SmtpClient('mx');
  engine.receive(Buffer.from('220 a\r\n'));
  engine.next();
  engine.receive(Buffer.from('250-a\r\n250 DSN\r\n'));
  engine.next();
  assert.throws(() => engine.send({ ...ONE, envelopeId: 'a b' }), TypeError);
});

test('smtp client: it says which reply is due', () => {
  const engine = new SmtpClient('mx');
  assert.equal(engine.awaited, 'greeting');
  engine.receive(Buffer.from('220 a\r\n'));
  engine.next();
  assert.equal(engine.awaited, 'ehlo');
  engine.receive(Buffer.from('250 a\r\n'));
  engine.next();
  assert.equal(engine.awaited, null);
  engine.send(ONE);
  assert.equal(engine.awaited, 'mail');
});

test('smtp client: whatever a server says, the engine neither throws nor spins, and its output stays whole lines', () => {
  const words = [
    '220 a',
    '250 b',
    '250-b',
    '354 go',
    '421 bye',
    '550 no',
    '221 x',
    '502 x',
    '999',
    '',
    'PIPELINING',
    '250 STARTTLS',
  ];
  let seed = 11;
  const draw = (limit: number) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (seed >> 8) % limit;
  };
  for (let round = 0; round < 2_000; round++) {
    const engine = new SmtpClient('mx');
    const output: Uint8Array[] = [];
    for (let step = 0; step < 25; step++) {
      engine.receive(Buffer.from(`${words[draw(words.length)]}\r\n`));
      for (let pulls = 0; ; pulls++) {
        assert.ok(pulls < 100);
        const event = engine.next();
        if (typeof event === 'string') break;
        if (event.type === 'start-tls') engine.abandon();
        if (event.type === 'data-go') {
          engine.data(Buffer.from('.\r\n'));
          engine.endData();
        }
        if (engine.state === 'ready')
          [() => engine.send(THREE), () => engine.quit(), () => engine.startTls()][draw(3)]!();
      }
      output.push(...engine.takeOutput());
    }
    assert.match(Buffer.concat(output).toString(), /^([^\r\n]*\r\n)*$/);
  }
});

test('smtp client: binary content for a server that does not take it, and a chunk of another size than declared', () => {
  const opened = (keywords: string): SmtpClient => {
    const engine = new SmtpClient('mx.example.test');
    engine.receive(Buffer.from('220 a\r\n'));
    engine.next();
    engine.receive(Buffer.from(`250-a\r\n${keywords}`));
    engine.next();
    engine.takeOutput();
    return engine;
  };
  // A server without PIPELINING might answer between the command and the chunk.
  for (const keywords of [
    '250 PIPELINING\r\n',
    '250-CHUNKING\r\n250 BINARYMIME\r\n',
    '250-PIPELINING\r\n250 CHUNKING\r\n',
  ])
    assert.throws(() => opened(keywords).send(BINARY), TypeError);
  const engine = opened('250-PIPELINING\r\n250-CHUNKING\r\n250 BINARYMIME\r\n');
  engine.send({ ...BINARY, recipients: ONE.recipients });
  engine.receive(Buffer.from('250 m\r\n250 r\r\n'));
  assert.deepEqual(engine.next(), { type: 'data-go' });
  engine.data(Buffer.alloc(16));
  assert.throws(() => engine.endData(), RangeError);
  assert.throws(() => engine.data(Buffer.alloc(2)), RangeError);
  engine.abandon();
});

test('smtp client: LIMITS of the server, read with whatever else stands there', () => {
  const limits = (line: string) => parseExtensions({ code: 250, enhanced: null, lines: ['a', line] }).limits;
  const none = { mails: null, recipients: null, domains: null };
  assert.deepEqual(limits('LIMITS RCPTMAX=20 mailmax=5 RCPTDOMAINMAX=1 NEW=x'), {
    mails: 5,
    recipients: 20,
    domains: 1,
  });
  assert.deepEqual(limits('LIMITS RCPTMAX=0 MAILMAX=x XRCPTDOMAINMAX=2'), none);
  assert.deepEqual(limits('LIMITS'), none);
  assert.deepEqual(limits('SIZE'), none);
});
