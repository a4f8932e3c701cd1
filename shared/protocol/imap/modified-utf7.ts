/** Mailbox names on the wire: modified UTF-7 (RFC 3501 §5.1.3). Inside, names are plain strings. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,';
const VALUES = new Int8Array(128).fill(-1);
for (let at = 0; at < ALPHABET.length; at += 1) VALUES[ALPHABET.charCodeAt(at)] = at;

const AMPERSAND = 0x26;

export function encodeModifiedUtf7(name: string): string {
  let encoded = '';
  let at = 0;
  while (at < name.length) {
    const unit = name.charCodeAt(at);
    if (unit >= 0x20 && unit <= 0x7e) {
      encoded += unit === AMPERSAND ? '&-' : name[at];
      at += 1;
      continue;
    }
    const start = at;
    while (at < name.length && !(name.charCodeAt(at) >= 0x20 && name.charCodeAt(at) <= 0x7e)) at += 1;
    encoded += `&${encodeUnits(name, start, at)}-`;
  }
  return encoded;
}

/**
 * Null when it is not modified UTF-7: a byte past ASCII, an open shift, half a character, an unpaired surrogate; nor
 * when the same name has another form that is shorter, as each name has one form only (RFC 3501 §5.1.3): printable
 * ASCII in base64, two shifts in a row.
 */
export function decodeModifiedUtf7(encoded: string): string | null {
  let name = '';
  let at = 0;
  while (at < encoded.length) {
    const unit = encoded.charCodeAt(at);
    if (unit < 0x20 || unit > 0x7e) return null;
    if (unit !== AMPERSAND) {
      name += encoded[at];
      at += 1;
      continue;
    }
    const end = encoded.indexOf('-', at + 1);
    if (end < 0) return null;
    if (end === at + 1) name += '&';
    else {
      const units = decodeUnits(encoded, at + 1, end);
      if (units === null) return null;
      name += units;
    }
    at = end + 1;
  }
  return name.isWellFormed() && encodeModifiedUtf7(name) === encoded ? name : null;
}

function encodeUnits(name: string, start: number, end: number): string {
  let encoded = '';
  let bits = 0;
  let count = 0;
  for (let at = start; at < end; at += 1) {
    bits = ((bits & 0x3f) << 16) | name.charCodeAt(at);
    count += 16;
    while (count >= 6) {
      count -= 6;
      encoded += ALPHABET[(bits >>> count) & 0x3f];
    }
  }
  if (count > 0) encoded += ALPHABET[(bits << (6 - count)) & 0x3f];
  return encoded;
}

/** Null for a character that is none of base64; bits left over show when the name is encoded again. */
function decodeUnits(encoded: string, start: number, end: number): string | null {
  let units = '';
  let bits = 0;
  let count = 0;
  for (let at = start; at < end; at += 1) {
    const value = VALUES[encoded.charCodeAt(at)] ?? -1;
    if (value < 0) return null;
    bits = ((bits << 6) | value) & 0x3f_ffff;
    count += 6;
    if (count >= 16) {
      count -= 16;
      units += String.fromCharCode((bits >>> count) & 0xffff);
    }
  }
  return units;
}
