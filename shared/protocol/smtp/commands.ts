import { auth } from './commands/auth.ts';
import { bdat } from './commands/bdat.ts';
import type { Command, CommandLine } from './commands/command.ts';
import { data } from './commands/data.ts';
import { etrn } from './commands/etrn.ts';
import { expn } from './commands/expn.ts';
import { hello } from './commands/hello.ts';
import { help } from './commands/help.ts';
import { historic } from './commands/historic.ts';
import { mail } from './commands/mail.ts';
import { noop } from './commands/noop.ts';
import { quit } from './commands/quit.ts';
import { rcpt } from './commands/rcpt.ts';
import { rset } from './commands/rset.ts';
import { starttls } from './commands/starttls.ts';
import { vrfy } from './commands/vrfy.ts';
import { xclient } from './commands/xclient.ts';
import { replies } from './server-replies.ts';
import type { ServerReply } from './server-reply.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['HELO', hello],
  ['EHLO', hello],
  ['LHLO', hello],
  ['MAIL', mail],
  ['RCPT', rcpt],
  ['DATA', data],
  ['BDAT', bdat],
  ['RSET', rset],
  ['NOOP', noop],
  ['QUIT', quit],
  ['VRFY', vrfy],
  ['EXPN', expn],
  ['HELP', help],
  ['ETRN', etrn],
  ['STARTTLS', starttls],
  ['AUTH', auth],
  ['XCLIENT', xclient],
  ['TURN', historic],
  ['SEND', historic],
  ['SOML', historic],
  ['SAML', historic],
]);

/** Those whose argument may be UTF-8 (RFC 6531 §3.3, §3.7.4). */
const UTF8 = new Set(['MAIL', 'RCPT', 'VRFY', 'EXPN']);

/** A web browser's first line: another protocol's request may carry SMTP commands in its body, chosen by a third party. */
const OTHER_PROTOCOL = new Set(['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'DELETE']);

const PLAIN = /^[\t\x20-\x7e]*$/;
/** No control characters; U+0080 to U+009F are such, too. */
const PRINTABLE = /^[\t\x20-\x7e\u00a0-\u{10ffff}]*$/u;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A command line that cannot be carried out; `verb` is '' when there is no such command. */
export interface WrongLine {
  readonly verb: string;
  readonly wrong: ServerReply;
}

/** One command line without its line end. */
export function readCommand(line: Buffer): (CommandLine & { readonly command: Command }) | WrongLine {
  const octets = line.toString('latin1');
  const space = octets.search(/[ \t]/);
  const verb = (space < 0 ? octets : octets.slice(0, space)).toUpperCase();
  const command = COMMANDS.get(verb);
  const plain = PLAIN.test(octets);
  if (command === undefined) {
    if (!plain) return { verb: '', wrong: replies.badCharacter };
    return { verb: '', wrong: OTHER_PROTOCOL.has(verb) ? replies.notSmtp : replies.unknownCommand };
  }
  const text = plain ? octets : UTF8.has(verb) ? decoded(line) : undefined;
  if (text === undefined) return { verb, wrong: replies.badCharacter };
  const argument = space < 0 ? '' : text.slice(space).replaceAll('\t', ' ').trim();
  return { verb, argument, utf8: !plain, command };
}

function decoded(line: Buffer): string | undefined {
  try {
    const text = utf8.decode(line);
    return PRINTABLE.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
