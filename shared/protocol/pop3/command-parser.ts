import type { Pop3Command } from './command.ts';

/** Why a line is no command; the text is the reply's. */
export interface BadCommand {
  readonly type: 'bad';
  readonly text: string;
}

type Reader = (argument: string) => Pop3Command | BadCommand;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['USER', (argument) => (argument === '' ? bad('USER needs a name') : { type: 'user', name: argument })],
  ['PASS', (argument) => ({ type: 'pass', password: argument })],
  ['AUTH', readAuth],
  ['STLS', withoutArgument({ type: 'stls' })],
  ['CAPA', withoutArgument({ type: 'capa' })],
  ['UTF8', withoutArgument({ type: 'utf8' })],
  ['LANG', readLang],
  ['STAT', withoutArgument({ type: 'stat' })],
  ['LIST', (argument) => readOptionalMessage('list', argument)],
  ['UIDL', (argument) => readOptionalMessage('uidl', argument)],
  ['RETR', (argument) => readMessage('retr', argument)],
  ['DELE', (argument) => readMessage('dele', argument)],
  ['TOP', readTop],
  ['NOOP', withoutArgument({ type: 'noop' })],
  ['RSET', withoutArgument({ type: 'rset' })],
  ['QUIT', withoutArgument({ type: 'quit' })],
]);

/**
 * Reads one line, given without its CRLF (RFC 1939 §3): a keyword in any case, one space, the argument.
 * The argument of PASS is all that follows the space, so that a password may have spaces (§7).
 */
export function parseCommand(line: string): Pop3Command | BadCommand {
  const space = line.indexOf(' ');
  const keyword = (space < 0 ? line : line.slice(0, space)).toUpperCase();
  const read = READERS.get(keyword);
  if (read === undefined) return bad('unknown command');
  const rest = space < 0 ? '' : line.slice(space + 1);
  return read(keyword === 'PASS' ? rest : trimSpaces(rest));
}

function bad(text: string): BadCommand {
  return { type: 'bad', text };
}

function withoutArgument(command: Pop3Command): Reader {
  return (argument) => (argument === '' ? command : bad(`${command.type.toUpperCase()} takes no argument`));
}

/** A language range (RFC 4647 §2.1), `*`, or nothing. */
function readLang(argument: string): Pop3Command | BadCommand {
  if (argument === '') return { type: 'lang', language: null };
  if (!/^(?:\*|[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8})*)$/.test(argument)) return bad('not a language');
  return { type: 'lang', language: argument.toLowerCase() };
}

function readOptionalMessage(type: 'list' | 'uidl', argument: string): Pop3Command | BadCommand {
  if (argument === '') return { type, message: null };
  const message = readNumber(argument);
  return message === null ? bad('not a message-number') : { type, message };
}

function readMessage(type: 'retr' | 'dele', argument: string): Pop3Command | BadCommand {
  const message = readNumber(argument);
  return message === null ? bad(`${type.toUpperCase()} needs a message-number`) : { type, message };
}

function readTop(argument: string): Pop3Command | BadCommand {
  const words = argument.split(' ');
  const message = readNumber(words[0] ?? '');
  const lines = readNumber(words[1] ?? '');
  if (message === null || lines === null || words.length !== 2) {
    return bad('TOP needs a message-number and a number of lines');
  }
  return { type: 'top', message, lines };
}

function readAuth(argument: string): Pop3Command | BadCommand {
  if (argument === '') return { type: 'mechanisms' };
  const words = argument.split(' ');
  if (words.length > 2) return bad('AUTH takes a mechanism and an initial response');
  return { type: 'auth', mechanism: (words[0] ?? '').toUpperCase(), initialResponse: words[1] ?? null };
}

/** Ten digits hold any message-number and line count a client means; more is refused, not rounded. */
function readNumber(word: string): number | null {
  return /^[0-9]{1,10}$/.test(word) ? Number(word) : null;
}

function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start++;
  while (end > start && text[end - 1] === ' ') end--;
  return text.slice(start, end);
}
