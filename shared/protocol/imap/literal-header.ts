/** A literal's announcement at the end of a line: `{n}`, `{n+}` (RFC 7888), `~{n}` (RFC 3516). */
export interface LiteralHeader {
  /** Offset of its first byte. */
  readonly start: number;
  /** Bytes that follow the line's end. */
  readonly size: number;
  /** The client waits for `+` before it sends them. */
  readonly synchronizing: boolean;
}

/** Digits of 2^53; a longer number is cut off here as "too large" for any limit. */
const MAX_DIGITS = 15;

/** The literal that `bytes` (a command so far, its last line ended) announce, or null. */
export function literalAtEnd(bytes: Buffer): LiteralHeader | null {
  let at = bytes.length - 1;
  if (bytes[at] === 0x0a) at -= 1;
  if (bytes[at] === 0x0d) at -= 1;
  if (at < 2 || bytes[at] !== 0x7d) return null;
  at -= 1;
  const synchronizing = bytes[at] !== 0x2b;
  if (!synchronizing) at -= 1;
  const digitsEnd = at + 1;
  while (at >= 0 && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at -= 1;
  const digits = digitsEnd - at - 1;
  if (digits === 0 || at < 0 || bytes[at] !== 0x7b) return null;
  const size =
    digits > MAX_DIGITS ? Number.MAX_SAFE_INTEGER : Number(bytes.toString('latin1', at + 1, digitsEnd));
  const start = at > 0 && bytes[at - 1] === 0x7e ? at - 1 : at;
  return { start, size, synchronizing };
}
