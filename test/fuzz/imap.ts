import { ImapServerEngine } from '../../shared/protocol/imap/engine.ts';
import { MAX_LINE_BYTES, MAX_LITERAL_BYTES } from '../../shared/protocol/imap/limits.ts';
import { cut, type Grammar, mutate, pick, type Random, sentence } from './grammar.ts';

const GRAMMAR: Grammar = {
  session: ['<line>', '<line><line>', '<line><line><line>', '<line><session>'],
  line: [
    '<tag> <command>\r\n',
    '<tag> UID <command>\r\n',
    'DONE\r\n',
    '<base64>\r\n',
    '<command>\r\n',
    '<line-end>',
  ],
  'line-end': ['\r\n', '\n', '\r', '<tag>\r\n', '* x\r\n'],
  tag: ['a', 'A1', 'b.2', 'tag', '<number>'],
  command: [
    'CAPABILITY',
    'NOOP',
    'LOGOUT',
    'CHECK',
    'CLOSE',
    'UNSELECT',
    'IDLE',
    'NAMESPACE',
    'STARTTLS',
    'GETJMAPACCESS',
    'UNAUTHENTICATE',
    'COMPRESS DEFLATE',
    'ID NIL',
    'ID (<string> <string>)',
    'ENABLE <atom> <atom>',
    'LOGIN <astring> <astring>',
    'AUTHENTICATE PLAIN',
    'AUTHENTICATE <atom> <base64>',
    'SELECT <mailbox>',
    'EXAMINE <mailbox> (CONDSTORE)',
    'SELECT <mailbox> (QRESYNC (<number> <number> <set> (<set> <set>)))',
    'CREATE <mailbox>',
    'CREATE <mailbox> (USE (\\Drafts))',
    'DELETE <mailbox>',
    'RENAME <mailbox> <mailbox>',
    'SUBSCRIBE <mailbox>',
    'UNSUBSCRIBE <mailbox>',
    'LSUB <astring> <pattern>',
    'LIST <astring> <pattern>',
    'LIST (<atom> <atom>) <astring> (<pattern> <pattern>) RETURN (<atom> STATUS (<status> <status>))',
    'STATUS <mailbox> (<status> <status>)',
    'GETQUOTA <astring>',
    'GETQUOTAROOT <mailbox>',
    'SETQUOTA <astring> (STORAGE <number> MESSAGE <number>)',
    'SETACL <mailbox> <astring> +lrs',
    'DELETEACL <mailbox> <astring>',
    'GETACL <mailbox>',
    'MYRIGHTS <mailbox>',
    'LISTRIGHTS <mailbox> <astring>',
    'GETMETADATA (DEPTH infinity) <mailbox> (/private/comment <astring>)',
    'SETMETADATA <mailbox> (/shared/comment <string>)',
    'EXPUNGE',
    'EXPUNGE <set>',
    'SEARCH <keys>',
    'SEARCH CHARSET <astring> <keys>',
    'SEARCH RETURN (<atom> <atom>) <keys>',
    'SORT (<atom> REVERSE <atom>) UTF-8 <keys>',
    'THREAD REFERENCES UTF-8 <keys>',
    'FETCH <set> <items>',
    'FETCH <set> <items> (CHANGEDSINCE <number> VANISHED)',
    'STORE <set> <mode> <flags>',
    'STORE <set> (UNCHANGEDSINCE <number>) <mode> <flags>',
    'COPY <set> <mailbox>',
    'MOVE <set> <mailbox>',
    'APPEND <mailbox> <messages>',
    'REPLACE <number> <mailbox> <messages>',
    'NOTIFY SET (<atom> (<atom>))',
    '<atom> <astring> <list>',
  ],
  mailbox: ['INBOX', 'inbox/x', '<astring>', '"&AOQ-"', 'Sent', '"\xc3\xa4"'],
  pattern: ['*', '%', '"<text>*"', '<astring>', 'a/%/b*'],
  astring: ['<atom>', '<string>', '<string>'],
  string: ['"<text>"', '"\\"\\\\"', '{<n>}\r\n<text>', '{3+}\r\nabc', '{0}\r\n', '{<n>+}\r\n<text>', '""'],
  text: ['', 'a', 'hello', 'two words', '<text><text>', '\xc3\xa4\xc3\xb6', '\0', 'x'.repeat(300)],
  atom: ['ALL', 'COUNT', 'MIN', 'SAVE', 'SUBJECT', 'x', '$', 'NIL', 'a.b/c', 'PARTIAL 1:5', 'CONDSTORE'],
  base64: ['AGEAYg==', '=', '*', 'QUJD', '!'],
  number: ['0', '1', '7', '4294967295', '4294967296', '99999999999999999999', '*'],
  n: ['0', '1', '2', '5', '5', '300', '70000', '4294967296', '9999999999999999999999'],
  set: ['1', '1:*', '*:1', '1,3:5,7', '<number>:<number>', '$', '<set>,<set>', '1:2:3'],
  status: ['MESSAGES', 'UIDNEXT', 'SIZE', 'HIGHESTMODSEQ', 'APPENDLIMIT', 'DELETED', '<atom>'],
  mode: ['FLAGS', '+FLAGS', '-FLAGS.SILENT', '+FLAGS.SILENT', 'FLAGZ'],
  flags: ['(\\Seen)', '()', '\\Deleted $x', '(\\Seen \\Flagged keyword)', '(\\*)', '(<atom>)'],
  keys: ['<key>', '<key> <key>', '(<keys>)', '<key> <keys>'],
  key: [
    'ALL',
    'SEEN',
    'NOT <key>',
    'OR <key> <key>',
    '(<keys>)',
    'SUBJECT <astring>',
    'HEADER <astring> <astring>',
    'BODY <string>',
    'LARGER <number>',
    'SINCE 1-Feb-2020',
    'BEFORE "31-Feb-2020"',
    'UID <set>',
    '<set>',
    'KEYWORD <atom>',
    'MODSEQ <number>',
    'YOUNGER <number>',
    'FUZZY <key>',
    'EMAILID <atom>',
  ],
  items: ['ALL', 'FULL', '<item>', '(<item> <item>)', '(<item> <item> <item>)'],
  item: [
    'FLAGS',
    'UID',
    'ENVELOPE',
    'BODY',
    'BODYSTRUCTURE',
    'RFC822.SIZE',
    'MODSEQ',
    'EMAILID',
    'PREVIEW',
    'PREVIEW (LAZY)',
    'BODY[<section>]<partial>',
    'BODY.PEEK[<section>]<partial>',
    'BINARY[<path>]<partial>',
    'BINARY.SIZE[<path>]',
    'RFC822.TEXT',
    '<atom>',
  ],
  section: [
    '',
    '<path>',
    'HEADER',
    'TEXT',
    '<path>.MIME',
    'HEADER.FIELDS (<astring> <astring>)',
    '<path>.HEADER.FIELDS.NOT (From)',
  ],
  path: ['', '1', '1.2.3', '0', '<number>.<number>'],
  partial: ['', '<0.10>', '<<number>.<number>>', '<1>'],
  messages: [
    '<message>',
    '<message> <message>',
    '<flags> <message>',
    '"25-Dec-2020 10:00:00 +0100" <message>',
  ],
  message: [
    '{5+}\r\nhello',
    '{<n>}\r\n<text>',
    '~{3+}\r\na\0b',
    '{1000+}\r\nshort',
    'UTF8 (~{2+}\r\nhi)',
    'CATENATE (<part> <part>)',
    'CATENATE (<part>)',
    '{2000+}\r\n<text>',
  ],
  part: [
    'URL "/INBOX/;UID=1"',
    'URL <string>',
    'TEXT {2+}\r\nhi',
    'TEXT {<n>}\r\n<text>',
    'UTF8 (~{1+}\r\nx)',
    'URL <astring>',
  ],
  list: ['()', '(<astring>)', '(<list> <list>)', '((((<list>))))'],
};

/** No event of the engine may need more looks at its input than this: a few for each byte. */
const steps = (bytes: number): number => 100 + 8 * bytes;

/** What the engine holds of a client's bytes: a command's lines and literals, and what came after it. */
const MAX_HELD = MAX_LINE_BYTES + MAX_LITERAL_BYTES;

/** One session: random commands, changed at random, cut at random, answered at random. */
export function fuzzImap(next: Random): void {
  const input = Buffer.from(mutate(sentence(GRAMMAR, 'session', next), next), 'latin1');
  const engine = new ImapServerEngine();
  const state = pick(next, ['not-authenticated', 'authenticated', 'selected'] as const);
  if (state !== 'not-authenticated') engine.enter(state);
  engine.utf8 = next() < 0.2;
  let budget = steps(input.length);
  let tag = 'x';
  for (const piece of cut(input, next)) {
    engine.receive(piece);
    for (;;) {
      budget -= 1;
      if (budget < 0) throw new Error('more steps than bytes allow');
      const event = engine.next();
      if (event === 'need-data') break;
      if (event === 'paused') throw new Error('paused without an event to answer');
      if ('tag' in event) tag = event.tag;
      answer(engine, event, tag, next);
    }
    if (engine.buffered > MAX_HELD + input.length)
      throw new Error(`holds ${engine.buffered} of ${input.length} bytes`);
    const output = Buffer.concat(engine.takeOutput());
    if (output.length > 0 && !output.toString('latin1').endsWith('\r\n')) throw new Error('half a line');
    if (output.length > 2_000 + 100 * input.length) throw new Error(`${output.length} bytes of output`);
  }
}

type Event = Exclude<ReturnType<ImapServerEngine['next']>, string>;

function answer(engine: ImapServerEngine, event: Event, tag: string, next: Random): void {
  switch (event.type) {
    case 'command':
      if (event.command.name === 'IDLE' && next() < 0.8) engine.idle();
      else if (event.command.name === 'AUTHENTICATE' && next() < 0.8) engine.challenge('');
      else engine.tagged(tag, 'OK', 'done');
      return;
    case 'append-data':
      if (next() < 0.05) engine.refuseAppend(tag, 'NO', 'no');
      return;
    case 'append':
    case 'append-literal':
    case 'append-url':
      if (next() < 0.2) engine.refuseAppend(tag, 'NO', 'no');
      else engine.proceed();
      return;
    default:
      engine.tagged(tag, 'OK', 'done');
  }
}
