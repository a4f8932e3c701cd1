/** Longest quoted string we send: longer ones go as literals, as some clients bound a line. */
const MAX_QUOTED = 1_024;

/** nstring of RFC 3501 §9 from latin1 text: quoted when it may be, else a literal. NUL, which neither may hold, is dropped. */
export function formatNstring(value: string | null): string {
  return value === null ? 'NIL' : formatString(value);
}

export function formatString(value: string): string {
  if (isPlain(value)) return `"${value}"`;
  const text = value.includes('\0') ? value.replaceAll('\0', '') : value;
  if (text.length <= MAX_QUOTED && isQuotable(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `{${text.length}}\r\n${text}`;
}

/** astring: an atom where possible. */
export function formatAstring(value: string): string {
  return isAtom(value) ? value : formatString(value);
}

function isPlain(value: string): boolean {
  if (value.length > MAX_QUOTED) return false;
  for (let at = 0; at < value.length; at += 1) {
    const unit = value.charCodeAt(at);
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false;
  }
  return true;
}

function isQuotable(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) {
    const unit = value.charCodeAt(at);
    if (unit === 0x0d || unit === 0x0a || unit > 0x7e || unit === 0) return false;
  }
  return true;
}

function isAtom(value: string): boolean {
  return (
    value.length <= MAX_QUOTED &&
    value.toUpperCase() !== 'NIL' &&
    /^[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+$/.test(value)
  );
}
