/** How SEARCH compares strings: without case, composed (RFC 3501 §6.4.4 leaves the rest to the server). */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (!NOT_ASCII.test(lower)) return lower;
  return lower.normalize('NFC').replaceAll('ς', 'σ');
}

const NOT_ASCII = /[^\0-\x7f]/;
