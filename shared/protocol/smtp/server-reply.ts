/** A reply as the server says it (RFC 5321 §4.2), with its RFC 3463 status (RFC 2034). */
export interface ServerReply {
  readonly code: number;
  /** null where RFC 2034 §4 has none: greeting, HELO, EHLO, 354, 334. */
  readonly enhanced: string | null;
  readonly text: string;
  /** The whole reply as it goes on the wire. */
  readonly bytes: Uint8Array;
}

/** `text`: printable, of at most 480 octets, never from the client; ASCII but where the client asked for UTF-8. */
export function reply(code: number, enhanced: string | null, text: string): ServerReply {
  return multiLineReply(code, [text], enhanced);
}

/** Several lines under one code, each with the status (RFC 2034 §4): the answers of EHLO, HELP and EXPN. */
export function multiLineReply(
  code: number,
  lines: readonly string[],
  enhanced: string | null = null,
): ServerReply {
  const status = enhanced === null ? '' : `${enhanced} `;
  const last = lines.length - 1;
  const wire = lines.map((line, i) => `${code}${i < last ? '-' : ' '}${status}${line}\r\n`).join('');
  return { code, enhanced, text: lines.join('\n'), bytes: Buffer.from(wire, 'utf8') };
}
