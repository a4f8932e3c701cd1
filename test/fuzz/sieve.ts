// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Sieve are written so.
import { compileRegex } from '../../services/mailbox-store/filter/regex.ts';
import { ManageSieveEngine } from '../../shared/protocol/managesieve/engine.ts';
import { compileSieve } from '../../shared/sieve/compile.ts';
import { cut, type Grammar, mutate, type Random, sentence } from './grammar.ts';

const SCRIPT: Grammar = {
  script: ['<require><commands>', '<require><commands>', '<commands>'],
  require: [
    'require ["fileinto", "envelope", "variables", "copy", "imap4flags", "relational", "body", "vacation", "editheader", "reject", "mailbox", "date", "index", "duplicate", "subaddress", "regex"];\r\n',
    'require <list>;\n',
  ],
  commands: ['<command>', '<command><commands>', '<command><command><commands>'],
  command: [
    'keep;',
    'discard;',
    'stop;',
    'fileinto <tags> <string>;',
    'redirect <tags> <string>;',
    'set <tags> <string> <string>;',
    'addflag <list>;',
    'vacation :days <number> <tags> <string>;',
    'reject <string>;',
    'addheader <string> <string>;',
    'deleteheader :index <number> <string>;',
    'if <test> {<commands>}',
    'if <test> {<commands>} elsif <test> {<commands>} else {<commands>}',
    '# comment\r\n',
    '/* comment */',
    '<word> <list>;',
  ],
  test: [
    'true',
    'not <test>',
    'allof (<test>, <test>)',
    'anyof (<test>)',
    'header <tags> <list> <list>',
    'address <tags> <list> <list>',
    'envelope <tags> <list> <list>',
    'size :over <number>',
    'exists <list>',
    'body <tags> <list>',
    'date <tags> <string> <string> <list>',
    'string <tags> <list> <list>',
    'duplicate',
    '<word>',
  ],
  tags: [
    '',
    ':is',
    ':contains',
    ':matches',
    ':regex',
    ':copy',
    ':comparator "i;octet"',
    ':count "ge"',
    ':value "gt"',
    ':all',
    ':detail',
    ':flags <list>',
    ':create',
    ':index <number> :last',
    ':<word>',
  ],
  list: ['<string>', '[<string>]', '[<string>, <string>]', '[]', '["\\\\Seen", <string>]'],
  string: [
    '"a"',
    '"Subject"',
    '"*${1}?"',
    '"(a+)+$"',
    '"${hex:41 ${unicode:110000}"',
    '""',
    '"\\""',
    'text:\r\nline\r\n..\r\n.\r\n',
    '"\xc3\xa4"',
    '"x@y.test"',
    '"${v}"',
  ],
  number: ['0', '1', '10K', '4G', '99999999999', '7'],
  word: ['if', 'x', 'foreverypart', 'else', '${', '"', '\0', 'w'.repeat(100)],
};

const SESSION: Grammar = {
  session: ['<line>', '<line><session>', '<line><line><session>'],
  line: [
    'AUTHENTICATE "PLAIN" <string>\r\n',
    'CAPABILITY\r\n',
    'HAVESPACE <string> <number>\r\n',
    'PUTSCRIPT <string> <string>\r\n',
    'CHECKSCRIPT <string>\r\n',
    'LISTSCRIPTS\r\n',
    'SETACTIVE <string>\r\n',
    'GETSCRIPT <string>\r\n',
    'DELETESCRIPT <string>\r\n',
    'RENAMESCRIPT <string> <string>\r\n',
    'NOOP <string>\r\n',
    'UNAUTHENTICATE\r\n',
    'LOGOUT\r\n',
    '<string> <number>\n',
    '\r\n',
  ],
  string: [
    '"a"',
    '{3+}\r\nabc',
    '{3}\r\nabc',
    '{0+}\r\n',
    '{99999999999}\r\n',
    '{20000+}\r\nx',
    '"\\"',
    '"\xff"',
    '"',
    'x',
    '{2+}\r\n\xff\xfe',
  ],
  number: ['0', '1', '4294967296', '-1'],
};

/** A script, and a ManageSieve session. */
export function fuzzSieve(next: Random): void {
  compileSieve(mutate(sentence(SCRIPT, 'script', next), next), compileRegex);
  session(next);
}

function session(next: Random): void {
  const input = Buffer.from(mutate(sentence(SESSION, 'session', next), next), 'latin1');
  const engine = new ManageSieveEngine();
  if (next() < 0.7) engine.authenticated();
  let budget = 100 + 8 * input.length;
  for (const piece of cut(input, next)) {
    engine.receive(piece);
    for (;;) {
      budget -= 1;
      if (budget < 0) throw new Error('more steps than bytes allow');
      const event = engine.next();
      if (event === 'need-data') break;
      if (event === 'paused') throw new Error('paused without an event to answer');
      if (event.type === 'authenticate' && next() < 0.5) engine.challenge('');
      else if (next() < 0.5) engine.ok('yes');
      else engine.no('no', 'NONEXISTENT');
    }
    const output = Buffer.concat(engine.takeOutput()).toString('latin1');
    if (output !== '' && !output.endsWith('\r\n')) throw new Error('half a line');
    if (engine.buffered > 1_100_000) throw new Error(`holds ${engine.buffered} bytes`);
  }
}
