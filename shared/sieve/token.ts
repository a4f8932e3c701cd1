import { SieveSyntaxError } from './error.ts';

/** The tokens of a script (RFC 5228 §8.1). */
export type Token =
  | { readonly kind: 'identifier' | 'tag' | 'string'; readonly text: string; readonly line: number }
  | { readonly kind: 'number'; readonly value: number; readonly line: number }
  | { readonly kind: ';' | ',' | '{' | '}' | '(' | ')' | '[' | ']' | 'end'; readonly line: number };

const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const DIGITS = /\d+/y;
const PUNCTUATION = new Set([';', ',', '{', '}', '(', ')', '[', ']']);
const QUANTIFIERS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
/** RFC 5228 §2.4.1 asks for 31 bits; larger numbers are refused rather than wrapped. */
const MAX_NUMBER = 2 ** 53 - 1;

/** @throws SieveSyntaxError */
export function tokensOf(script: string): Token[] {
  const tokens: Token[] = [];
  let at = script.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;

  const lexeme = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(script)?.[0];
  };
  const passLines = (text: string): void => {
    for (let lf = text.indexOf('\n'); lf >= 0; lf = text.indexOf('\n', lf + 1)) line++;
  };

  const quoted = (): string => {
    const begun = line;
    let text = '';
    let from = ++at;
    for (; at < script.length; at++) {
      const character = script[at];
      if (character === '"') {
        text += script.slice(from, at++);
        passLines(text);
        return text;
      }
      if (character === '\\' && at + 1 < script.length) {
        text += script.slice(from, at);
        from = ++at;
      }
    }
    throw new SieveSyntaxError(begun, 'the string has no end');
  };

  /** After `text:`: the rest of the line, then lines up to a lone dot; a doubled dot at the front is one. */
  const multiLine = (): string => {
    const begun = line;
    const head = /[ \t]*(?:#[^\n]*)?\r?\n/y;
    head.lastIndex = at;
    const rest = head.exec(script);
    if (rest === null) throw new SieveSyntaxError(begun, 'text: must be followed by a line end');
    at += rest[0].length;
    line++;
    const lines: string[] = [];
    for (;;) {
      if (at >= script.length) throw new SieveSyntaxError(begun, 'text: has no line with a lone dot');
      const lf = script.indexOf('\n', at);
      const end = lf < 0 ? script.length : lf;
      let content = script.slice(at, end);
      if (content.endsWith('\r')) content = content.slice(0, -1);
      at = lf < 0 ? end : lf + 1;
      line++;
      if (content === '.') return lines.map((each) => `${each}\r\n`).join('');
      lines.push(content.startsWith('..') ? content.slice(1) : content);
    }
  };

  while (at < script.length) {
    const character = script[at]!;
    if (character === '\n') {
      line++;
      at++;
    } else if (character === ' ' || character === '\t' || character === '\r') at++;
    else if (character === '#') {
      const lf = script.indexOf('\n', at);
      at = lf < 0 ? script.length : lf;
    } else if (character === '/' && script[at + 1] === '*') {
      const end = script.indexOf('*/', at + 2);
      if (end < 0) throw new SieveSyntaxError(line, 'the comment has no end');
      passLines(script.slice(at, end));
      at = end + 2;
    } else if (PUNCTUATION.has(character)) {
      tokens.push({ kind: character as ';', line });
      at++;
    } else if (character === '"') {
      const begun = line;
      tokens.push({ kind: 'string', text: quoted(), line: begun });
    } else if (character === ':') {
      at++;
      const name = lexeme(IDENTIFIER);
      if (name === undefined) throw new SieveSyntaxError(line, 'a tag needs a name after the colon');
      tokens.push({ kind: 'tag', text: name.toLowerCase(), line });
      at += name.length;
    } else {
      const digits = lexeme(DIGITS);
      const name = digits === undefined ? lexeme(IDENTIFIER) : undefined;
      if (digits !== undefined) {
        at += digits.length;
        const factor = QUANTIFIERS[script[at]?.toLowerCase() ?? ''];
        if (factor !== undefined) at++;
        const value = Number(digits) * (factor ?? 1);
        if (value > MAX_NUMBER) throw new SieveSyntaxError(line, 'the number is too large');
        tokens.push({ kind: 'number', value, line });
      } else if (name !== undefined) {
        at += name.length;
        if (name.toLowerCase() === 'text' && script[at] === ':') {
          at++;
          const begun = line;
          tokens.push({ kind: 'string', text: multiLine(), line: begun });
        } else tokens.push({ kind: 'identifier', text: name.toLowerCase(), line });
      } else {
        throw new SieveSyntaxError(line, `unexpected character ${JSON.stringify(character)}`);
      }
    }
  }
  tokens.push({ kind: 'end', line });
  return tokens;
}
