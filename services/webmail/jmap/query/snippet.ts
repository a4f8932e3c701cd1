/** Bytes of a snippet at most, in UTF-8, marks included (RFC 8621 §5: 255 characters; fewer are as good). */
const MAX_CHARACTERS = 180;
const BEFORE = 50;

interface Span {
  readonly start: number;
  readonly end: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** The text as HTML, with what was looked for within `<mark>`; null: none of it is there. */
export function mark(text: string, words: readonly string[]): string | null {
  const spans = spansOf(text, words);
  return spans.length === 0 ? null : marked(text, spans);
}

/** The place of the text where the first of the words is. */
export function snippet(text: string, words: readonly string[]): string | null {
  const line = text.replace(/[\p{Cc}\p{Z}]+/gu, ' ').trim();
  const [first] = spansOf(line, words);
  if (first === undefined) return null;
  const from =
    first.start <= BEFORE ? 0 : line.indexOf(' ', first.start - BEFORE) + 1 || first.start - BEFORE;
  const start = from > first.start ? first.start : from;
  const part = line.slice(start, start + MAX_CHARACTERS).toWellFormed();
  return mark(part, words) ?? escapeHtml(part);
}

/** Ascending, none within another. Letters are compared without case; where that changes how long a text is, as they are. */
function spansOf(text: string, words: readonly string[]): Span[] {
  const lower = text.toLowerCase();
  const compared = lower.length === text.length ? lower : text;
  const found: Span[] = [];
  for (const word of words) {
    const needle = compared === lower ? word.toLowerCase() : word;
    if (needle === '') continue;
    for (
      let at = compared.indexOf(needle);
      at >= 0 && found.length < 1_000;
      at = compared.indexOf(needle, at + needle.length)
    )
      found.push({ start: at, end: at + needle.length });
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const spans: Span[] = [];
  for (const span of found) if (span.start >= (spans.at(-1)?.end ?? 0)) spans.push(span);
  return spans;
}

function marked(text: string, spans: readonly Span[]): string {
  let html = '';
  let at = 0;
  for (const { start, end } of spans) {
    html += `${escapeHtml(text.slice(at, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`;
    at = end;
  }
  return html + escapeHtml(text.slice(at));
}
