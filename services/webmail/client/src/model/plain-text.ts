/** How plain text is shown: runs of quoted lines folded together, links told apart. */

export interface TextBlock {
  readonly quoted: boolean;
  readonly text: string;
}

export type TextPiece = { readonly text: string; readonly href?: string };

/**
 * Runs of lines that begin with `>` and runs that do not. With `flowed` (RFC 3676), a line that ends in a space goes
 * on in the next one of the same depth.
 */
export function textBlocks(text: string): readonly TextBlock[] {
  const blocks: { quoted: boolean; lines: string[] }[] = [];
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const quoted = line.startsWith('>');
    const last = blocks.at(-1);
    if (last && last.quoted === quoted) last.lines.push(line);
    else if (last?.quoted && line.trim() === '') last.lines.push(line);
    else blocks.push({ quoted, lines: [line] });
  }
  return blocks.map(({ quoted, lines }) => ({ quoted, text: lines.join('\n') }));
}

/** Quotes shorter than this are shown: folding them would hide less than the button takes. */
const FOLDED_LINES = 4;

export function foldable(block: TextBlock): boolean {
  return block.quoted && block.text.trim().split('\n').length >= FOLDED_LINES;
}

// Linear: each alternative begins with letters of its own and runs over one class of characters.
const LINK = /\bhttps?:\/\/[^\s<>"']+|\bmailto:[^\s<>"']+|\bwww\.[^\s<>"']+/gi;
const TRAILING = /[.,;:!?)\]}'"*_]$/;

export function linkPieces(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    let link = match[0];
    // A bracket at the end belongs to the sentence, unless the link opened it.
    while (TRAILING.test(link) && !(link.endsWith(')') && link.includes('('))) link = link.slice(0, -1);
    if (link.length < 5) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: link, href: /^www\./i.test(link) ? `https://${link}` : link });
    end = match.index + link.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}
