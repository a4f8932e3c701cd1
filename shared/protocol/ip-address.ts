/** IP addresses as text. */

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

export const isIpv4 = (text: string): boolean => IPV4.test(text);

/** RFC 4291 §2.2, without a zone. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const dotted = last.includes('.') && text.endsWith(last);
  const rest = dotted ? groups.slice(0, -1) : groups;
  if (dotted && !isIpv4(last)) return false;
  if (!rest.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = rest.length + (dotted ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}
