/** A grammar as text: each rule its alternatives, in which `<name>` stands for another rule. */
export type Grammar = Readonly<Record<string, readonly string[]>>;

export type Random = () => number;

export const pick = <Item>(next: Random, items: readonly Item[]): Item =>
  items[Math.floor(next() * items.length)]!;

/** Rules in rules; deeper ones stay empty. */
const MAX_DEPTH = 12;
/** Characters of one sentence. */
const MAX_LENGTH = 20_000;

/** A sentence of the grammar, drawn at random. */
export function sentence(grammar: Grammar, rule: string, next: Random): string {
  let length = 0;
  const expand = (name: string, depth: number): string => {
    const alternatives = grammar[name];
    if (alternatives === undefined) throw new Error(`no rule ${name}`);
    if (depth > MAX_DEPTH || length > MAX_LENGTH) return '';
    const text = pick(next, alternatives).replace(/<([a-z][a-z0-9-]*)>/g, (_, inner: string) =>
      expand(inner, depth + 1),
    );
    length += text.length;
    return text;
  };
  return expand(rule, 0);
}

const BYTES = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  ' ',
  '"',
  '\\',
  '(',
  ')',
  '{',
  '}',
  '{1}',
  '{9+}',
  '~',
  '*',
  '%',
  '\xff',
  '\xc3',
  ':',
  ',',
  '<',
  '>',
  '[',
  ']',
  '0',
  '4294967296',
  '=',
];

/** A few changes: pieces left out, doubled, put in, moved; sometimes none. Latin1 text. */
export function mutate(text: string, next: Random): string {
  let mutated = text;
  for (let changes = Math.floor(next() * 4); changes > 0; changes -= 1) {
    const at = Math.floor(next() * (mutated.length + 1));
    const length = Math.floor(next() * 8);
    const piece = mutated.slice(at, at + length);
    switch (Math.floor(next() * 5)) {
      case 0:
        mutated = mutated.slice(0, at) + mutated.slice(at + length);
        break;
      case 1:
        mutated = mutated.slice(0, at) + piece.repeat(1 + Math.floor(next() * 20)) + mutated.slice(at);
        break;
      case 2:
        mutated = mutated.slice(0, at) + pick(next, BYTES) + mutated.slice(at);
        break;
      case 3:
        mutated =
          mutated.slice(0, at) + String.fromCharCode(Math.floor(next() * 256)) + mutated.slice(at + 1);
        break;
      default: {
        const to = Math.floor(next() * mutated.length);
        mutated = mutated.slice(0, to) + piece + mutated.slice(to);
      }
    }
  }
  return mutated;
}

/** The bytes in pieces of a few bytes, or of many, or whole. */
export function cut(bytes: Buffer, next: Random): Buffer[] {
  const longest = pick(next, [1, 7, 60, 4_000, 1_000_000]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(next() * longest);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
