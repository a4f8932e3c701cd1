/** A reply as the server says it (RFC 5321 §4.2), with its RFC 3463 status (RFC 2034). */
export interface ServerReply {
  readonly code: number;
  /** null where RFC 2034 §4 has none: greeting, HELO, EHLO, 354, 334. */
  readonly enhanced: string | null;
  readonly text: string;
  /** The whole reply as it goes on the wire. */
  readonly bytes: Uint8Array;
}

/** `text`: printable ASCII of at most 480 octets, never from the client. */
export function reply(code: number, enhanced: string | null, text: string): ServerReply {
  const status = enhanced === null ? '' : `${enhanced} `;
  return { code, enhanced, text, bytes: Buffer.from(`${code} ${status}${text}\r\n`, 'latin1') };
}

/** Several lines under one code: EHLO's answer. */
export function multiLineReply(code: number, lines: readonly string[]): ServerReply {
  const last = lines.length - 1;
  const wire = lines.map((line, i) => `${code}${i < last ? '-' : ' '}${line}\r\n`).join('');
  return { code, enhanced: null, text: lines.join('\n'), bytes: Buffer.from(wire, 'latin1') };
}
