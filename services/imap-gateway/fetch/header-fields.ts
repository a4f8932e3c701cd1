const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const END = Buffer.from('\r\n');

/**
 * The fields of a header that HEADER.FIELDS (or, with `not`, HEADER.FIELDS.NOT) names, as they stand there, and a
 * blank line (RFC 3501 §6.4.5). Linear.
 */
export function selectFields(header: Buffer, names: readonly string[], not: boolean): Buffer {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const kept: Buffer[] = [];
  let keeping = false;
  let from = 0;
  let at = 0;
  while (at < header.length) {
    const lf = header.indexOf(LF, at);
    const next = lf < 0 ? header.length : lf + 1;
    if (isBlank(header, at, next)) break;
    const first = header[at]!;
    if (first !== SPACE && first !== TAB) {
      const keep = wanted.has(fieldName(header, at, next)) !== not;
      if (keep !== keeping) {
        if (keeping) kept.push(header.subarray(from, at));
        from = at;
        keeping = keep;
      }
    }
    at = next;
  }
  if (keeping) {
    kept.push(header.subarray(from, at));
    if (at > from && header[at - 1] !== LF) kept.push(END);
  }
  kept.push(END);
  return kept.length === 1 ? END : Buffer.concat(kept);
}

function isBlank(header: Buffer, start: number, end: number): boolean {
  return header[start] === LF || (header[start] === CR && header[start + 1] === LF && end === start + 2);
}

/** Longer than any name that is asked for matters to nobody. */
const MAX_NAME = 256;

function fieldName(header: Buffer, start: number, end: number): string {
  const limit = Math.min(end, start + MAX_NAME);
  let colon = start;
  while (colon < limit && header[colon] !== COLON) colon += 1;
  let stop = colon;
  while (stop > start && (header[stop - 1] === SPACE || header[stop - 1] === TAB)) stop -= 1;
  return header.toString('latin1', start, stop).toLowerCase();
}
