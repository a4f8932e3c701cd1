/** RFC 5804 §1.2: quoted up to 1,024 octets without line ends, else a literal. */
const MAX_QUOTED_OCTETS = 1_024;

export function formatString(text: string): string {
  if (
    text.length <= MAX_QUOTED_OCTETS &&
    !/[\r\n\0]/.test(text) &&
    Buffer.byteLength(text) <= MAX_QUOTED_OCTETS
  )
    return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `{${Buffer.byteLength(text)}}\r\n${text}`;
}
