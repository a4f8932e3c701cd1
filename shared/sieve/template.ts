import { SieveSyntaxError } from './error.ts';
import type { Scope, Template } from './scope.ts';

/** Strings with `${name}` and `${1}` (RFC 5229 §3) and `${hex: 40}`, `${unicode: 20ac}` (RFC 5228 §2.4.2.4). */

const ENCODED = /\$\{(hex|unicode):([0-9A-Fa-f\s]*)\}/gi;
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*|\d{1,9})\}/g;

/** @throws SieveSyntaxError when `${unicode:}` names no character */
export function templateOf(text: string, scope: Scope, line: number): Template {
  const constant = scope.has('encoded-character') ? decodeCharacters(text, line) : text;
  if (!scope.has('variables') || !constant.includes('${')) return () => constant;
  const pieces: (string | { name: string } | { capture: number })[] = [];
  let from = 0;
  for (const match of constant.matchAll(REFERENCE)) {
    pieces.push(constant.slice(from, match.index));
    const name = match[1]!.toLowerCase();
    pieces.push(/^\d/.test(name) ? { capture: Number(name) } : { name });
    from = match.index + match[0].length;
  }
  pieces.push(constant.slice(from));
  return (run) => {
    let expanded = '';
    for (const piece of pieces) {
      if (typeof piece === 'string') expanded += piece;
      else if ('name' in piece) expanded += run.variable(piece.name);
      else expanded += run.captures[piece.capture] ?? '';
    }
    run.work(expanded.length);
    return expanded;
  };
}

function decodeCharacters(text: string, line: number): string {
  return text.replace(ENCODED, (whole, kind: string, digits: string) => {
    const codes = digits.trim().split(/\s+/);
    if (codes[0] === '') return whole;
    if (kind.toLowerCase() === 'hex')
      return codes.every((code) => code.length <= 2)
        ? Buffer.from(codes.map((code) => Number.parseInt(code, 16))).toString('utf8')
        : whole;
    const points = codes.map((code) => Number.parseInt(code, 16));
    if (points.some((point) => point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)))
      throw new SieveSyntaxError(line, `${whole.slice(0, 60)} names no character`);
    return String.fromCodePoint(...points);
  });
}
