/** What filters and hooks may add to one message. Bytes. */
export const MAX_ADDED_BYTES = 16_384;
/** RFC 5322 §2.1.1. */
const MAX_LINE = 998;

/**
 * A header field with its CRLF, of a name and value from outside; undefined: it cannot be one. Line breaks stay only as
 * folds (RFC 5322 §2.2.3), controls go.
 */
export function addedField(name: string, value: string): string | undefined {
  if (!/^[!-9;-~]{1,100}$/.test(name) || value.length > MAX_ADDED_BYTES) return undefined;
  const lines = `${name}: ${value.replace(/^[ \t]/, '')}`
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/[\0-\x08\x0b-\x1f\x7f]/g, '').trimEnd())
    .filter((line, at) => at === 0 || line.trim() !== '')
    .map((line, at) => (at === 0 || /^[ \t]/.test(line) ? line : `\t${line}`));
  return lines.some((line) => Buffer.byteLength(line) > MAX_LINE) ? undefined : `${lines.join('\r\n')}\r\n`;
}

/** As many of them, in order, as MAX_ADDED_BYTES has room for. */
export function addedFields(fields: readonly { readonly name: string; readonly value: string }[]): string {
  let text = '';
  for (const { name, value } of fields) {
    const field = addedField(name, value) ?? '';
    if (Buffer.byteLength(text) + Buffer.byteLength(field) <= MAX_ADDED_BYTES) text += field;
  }
  return text;
}
