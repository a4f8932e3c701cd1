import { type MailParameters, parseParameters } from './mail-parameters.ts';
import { parsePath, readDomain } from './path.ts';
import { replies } from './server-replies.ts';
import type { ServerReply } from './server-reply.ts';

export type Command =
  | { readonly verb: 'HELO' | 'EHLO' | 'LHLO'; readonly domain: string }
  | { readonly verb: 'MAIL'; readonly reversePath: string; readonly parameters: MailParameters }
  | { readonly verb: 'RCPT'; readonly forwardPath: string }
  | { readonly verb: 'AUTH'; readonly mechanism: string; readonly initial: string | undefined }
  | { readonly verb: 'DATA' | 'RSET' | 'NOOP' | 'QUIT' | 'VRFY' | 'HELP' | 'STARTTLS' };

/** A command that cannot be carried out; `verb` is '' when there is no such command. */
export interface WrongCommand {
  readonly verb: string;
  readonly wrong: ServerReply;
}

type Parse = (verb: string, argument: string) => Command | ServerReply;

const bare: Parse = (verb, argument) =>
  argument === '' ? ({ verb } as Command) : replies.argumentUnexpected;
const anyArgument: Parse = (verb) => ({ verb }) as Command;
const hello: Parse = (verb, argument) => {
  if (argument === '') return replies.argumentMissing;
  const domain = readDomain(argument, 0);
  return domain?.length === argument.length ? ({ verb, domain } as Command) : replies.badHost;
};

const VERBS: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['HELO', hello],
  ['EHLO', hello],
  ['LHLO', hello],
  ['MAIL', parseMail],
  ['RCPT', parseRcpt],
  ['DATA', bare],
  ['RSET', bare],
  ['NOOP', anyArgument],
  ['QUIT', bare],
  ['VRFY', (verb, argument) => (argument === '' ? replies.argumentMissing : anyArgument(verb, ''))],
  ['EXPN', (_, argument) => (argument === '' ? replies.argumentMissing : replies.expnDisabled)],
  ['HELP', anyArgument],
  ['STARTTLS', bare],
  ['AUTH', parseAuth],
]);

/** A web browser's first line: another protocol's request may carry SMTP commands in its body, chosen by a third party. */
const OTHER_PROTOCOL = new Set(['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'DELETE']);

const NOT_ALLOWED = /[^\t\x20-\x7e]/;
const NON_ASCII_ONLY = /^[\t\x20-\x7e\x80-\xff]*$/;

/** One command line without its line end, octets as latin1. */
export function parseCommand(line: string): Command | WrongCommand {
  const space = line.search(/[ \t]/);
  const verb = (space < 0 ? line : line.slice(0, space)).toUpperCase();
  const parse = VERBS.get(verb);
  if (NOT_ALLOWED.test(line)) return { verb: parse ? verb : '', wrong: badCharacter(verb, line) };
  if (!parse) return { verb: '', wrong: OTHER_PROTOCOL.has(verb) ? replies.notSmtp : replies.unknownCommand };
  const argument = space < 0 ? '' : line.slice(space).replaceAll('\t', ' ').trim();
  const command = parse(verb, argument);
  return 'code' in command ? { verb, wrong: command } : command;
}

function badCharacter(verb: string, line: string): ServerReply {
  const address = verb === 'MAIL' || verb === 'RCPT';
  return address && NON_ASCII_ONLY.test(line) ? replies.nonAsciiAddress : replies.badCharacter;
}

/** `MAIL FROM:<reverse-path> [SP parameters]`, spaces after the colon allowed. */
function parseMail(_: string, argument: string): Command | ServerReply {
  const start = afterKeyword(argument, 'FROM:');
  if (start === undefined) return replies.mailSyntax;
  const path = parsePath(argument, start);
  if (path === undefined || (path.address !== '' && !hasDomain(path.address))) return replies.badReversePath;
  const parameters = parseParameters(argument.slice(path.end));
  return 'code' in parameters ? parameters : { verb: 'MAIL', reversePath: path.address, parameters };
}

/** `RCPT TO:<forward-path>`; `<Postmaster>` needs no domain (RFC 5321 §4.1.1.3). */
function parseRcpt(_: string, argument: string): Command | ServerReply {
  const start = afterKeyword(argument, 'TO:');
  if (start === undefined) return replies.rcptSyntax;
  const path = parsePath(argument, start);
  if (path === undefined) return replies.badForwardPath;
  if (!hasDomain(path.address) && path.address.toLowerCase() !== 'postmaster') return replies.badForwardPath;
  if (argument.length > path.end) return replies.parameterUnknown;
  return { verb: 'RCPT', forwardPath: path.address };
}

function parseAuth(_: string, argument: string): Command | ServerReply {
  const [mechanism = '', initial, ...rest] = argument.split(/ +/);
  if (mechanism === '') return replies.argumentMissing;
  return rest.length > 0 ? replies.argumentUnexpected : { verb: 'AUTH', mechanism, initial };
}

function afterKeyword(argument: string, keyword: string): number | undefined {
  if (argument.slice(0, keyword.length).toUpperCase() !== keyword) return undefined;
  let at = keyword.length;
  while (argument[at] === ' ') at++;
  return at === argument.length ? undefined : at;
}

function hasDomain(address: string): boolean {
  const at = address.lastIndexOf('@');
  return at > 0 && !address.endsWith('"');
}
