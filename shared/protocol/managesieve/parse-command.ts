import type { ManageSieveCommand } from './command.ts';

/** One argument: a string (quoted or literal), a number, or an atom. */
export type Word =
  | { readonly kind: 'string' | 'atom'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number };

/** Text why it is no command; may be shown to the client. */
export interface BadCommand {
  readonly type: 'bad';
  readonly text: string;
}

const QUOTED = /"((?:[^"\\]|\\["\\])*)"/y;
const NUMBER = /\d{1,10}(?![^ ])/y;
const ATOM = /[A-Za-z][A-Za-z0-9]*(?![^ ])/y;

/** The words of a piece of a command between literals; null: not words with one space between them. */
export function wordsOf(line: string): Word[] | null {
  const words: Word[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(line);
  };
  while (at < line.length) {
    const quoted = match(QUOTED);
    const number = quoted === null ? match(NUMBER) : null;
    const atom = quoted === null && number === null ? match(ATOM) : null;
    const found = quoted ?? number ?? atom;
    if (found === null) return null;
    if (quoted !== null) words.push({ kind: 'string', text: quoted[1]!.replace(/\\(.)/g, '$1') });
    else if (number !== null) words.push({ kind: 'number', value: Number(number[0]) });
    else words.push({ kind: 'atom', text: found[0] });
    at += found[0].length;
    if (at < line.length && line[at] !== ' ') return null;
    at++;
  }
  return words;
}

/** RFC 5804 §4. The first word names the command. */
export function parseCommand(words: readonly Word[]): ManageSieveCommand | BadCommand {
  const [head, ...given] = words;
  if (head?.kind !== 'atom') return { type: 'bad', text: 'a command is missing' };
  const type = head.text.toLowerCase();
  const strings = given.map((word) => (word.kind === 'string' ? word.text : undefined));
  const [first, second] = strings;
  const bad: BadCommand = { type: 'bad', text: 'wrong arguments' };
  switch (type) {
    case 'capability':
    case 'listscripts':
    case 'logout':
    case 'starttls':
    case 'unauthenticate':
      return given.length === 0 ? { type } : bad;
    case 'authenticate':
      if (first === undefined || given.length > 2 || (given.length === 2 && second === undefined)) return bad;
      return { type, mechanism: first, initialResponse: second };
    case 'checkscript':
      return first === undefined || given.length !== 1 ? bad : { type, content: first };
    case 'deletescript':
    case 'getscript':
    case 'setactive':
      return first === undefined || given.length !== 1 ? bad : { type, name: first };
    case 'havespace': {
      const size = given[1];
      if (first === undefined || size?.kind !== 'number' || given.length !== 2) return bad;
      return { type, name: first, octets: size.value };
    }
    case 'noop':
      if (given.length > 1 || (given.length === 1 && first === undefined)) return bad;
      return { type, tag: first };
    case 'putscript':
      if (first === undefined || second === undefined || given.length !== 2) return bad;
      return { type, name: first, content: second };
    case 'renamescript':
      if (first === undefined || second === undefined || given.length !== 2) return bad;
      return { type, from: first, to: second };
    default:
      return { type: 'bad', text: 'unknown command' };
  }
}
