/** A line of a zone file (RFC 1035 §5.1). `data` as `WantedRecord` has it. */
export function zoneLine(name: string, type: string, data: string): string {
  if (type === 'TXT') return `${name}. IN TXT ${quoted(data)}`;
  // The last word of the others is a name, but for TLSA.
  return `${name}. IN ${type} ${data}${type === 'TLSA' ? '' : '.'}`;
}

/** Strings of at most 255 octets (RFC 1035 §3.3), which readers put together. */
function quoted(text: string): string {
  return (text.match(/.{1,255}/g) ?? ['']).map((part) => `"${part}"`).join(' ');
}
