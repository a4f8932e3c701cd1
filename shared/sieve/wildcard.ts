/**
 * `*` and `?` of :matches (RFC 5228 §2.7.1); a backslash takes their meaning away. The stars take as little as they can
 * (RFC 5229 §3.2), so a match is found from left to right without going back: between two stars stands a piece that is
 * looked for once.
 */
export interface Wildcard {
  /** ${0}, ${1} … or null. `work` is told how many characters were looked at. */
  match(text: string, work: (characters: number) => void): readonly string[] | null;
}

/** Null stands for `?`. */
type Piece = readonly (string | null)[];

export function compileWildcard(pattern: string, fold: (text: string) => string): Wildcard {
  /** One character for one, so that what is captured is what stood there. */
  const folded = (character: string): string => {
    const one = fold(character);
    return [...one].length === 1 ? one : character;
  };
  const pieces: (string | null)[][] = [[]];
  let escaped = false;
  for (const character of pattern) {
    const piece = pieces.at(-1)!;
    if (escaped) {
      piece.push(folded(character));
      escaped = false;
    } else if (character === '\\') escaped = true;
    else if (character === '*') pieces.push([]);
    else if (character === '?') piece.push(null);
    else piece.push(folded(character));
  }
  return {
    match: (text, work) => {
      const characters = [...text];
      return matchPieces(pieces, characters, characters.map(folded), work);
    },
  };
}

function matchPieces(
  pieces: readonly Piece[],
  text: readonly string[],
  folded: readonly string[],
  work: (characters: number) => void,
): readonly string[] | null {
  work(text.length);
  const captures = [text.join('')];
  const single = (piece: Piece, at: number): void => {
    piece.forEach((character, index) => {
      if (character === null) captures.push(text[at + index]!);
    });
  };
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (!stands(first, folded, 0, work)) return null;
  if (pieces.length === 1) {
    if (folded.length !== first.length) return null;
    single(first, 0);
    return captures;
  }
  single(first, 0);
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    let found = at;
    while (!stands(piece, folded, found, work)) if (++found + piece.length > folded.length) return null;
    captures.push(text.slice(at, found).join(''));
    single(piece, found);
    at = found + piece.length;
  }
  const end = folded.length - last.length;
  if (end < at || !stands(last, folded, end, work)) return null;
  captures.push(text.slice(at, end).join(''));
  single(last, end);
  return captures;
}

function stands(
  piece: Piece,
  text: readonly string[],
  at: number,
  work: (characters: number) => void,
): boolean {
  if (at + piece.length > text.length) return false;
  for (let index = 0; index < piece.length; index++) {
    const wanted = piece[index]!;
    if (wanted !== null && wanted !== text[at + index]) {
      work(index + 1);
      return false;
    }
  }
  work(piece.length + 1);
  return true;
}
