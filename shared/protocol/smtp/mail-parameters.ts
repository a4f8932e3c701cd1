import { replies } from './server-replies.ts';
import type { ServerReply } from './server-reply.ts';

export interface MailParameters {
  /** Octets the client means to send (RFC 1870); 0: not said. */
  readonly size: number;
  /** RFC 6152. */
  readonly body: '7bit' | '8bit';
  /** AUTH= was there (RFC 4954 §5): taken from anyone it was offered to, trusted from no one. */
  readonly auth: boolean;
}

const NONE: MailParameters = { size: 0, body: '7bit', auth: false };

/** esmtp-param = esmtp-keyword ["=" esmtp-value] */
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?$/;
const BODY: Readonly<Record<string, '7bit' | '8bit'>> = { '7BIT': '7bit', '8BITMIME': '8bit' };

/** What follows the reverse-path of MAIL; a reply when it cannot be taken (RFC 5321 §4.1.1.11). */
export function parseParameters(text: string): MailParameters | ServerReply {
  if (text === '') return NONE;
  const seen = new Set<string>();
  let { size, body, auth } = NONE;
  for (const word of text.trim().split(/ +/)) {
    const found = PARAMETER.exec(word);
    if (!found) return replies.parameterSyntax;
    const name = found[1]!.toUpperCase();
    const value = found[2] ?? '';
    if (seen.has(name)) return replies.parameterSyntax;
    seen.add(name);
    if (name === 'SIZE') {
      if (!/^\d{1,20}$/.test(value)) return replies.parameterSyntax;
      size = Number(value);
    } else if (name === 'BODY') {
      const known = BODY[value.toUpperCase()];
      if (known === undefined) return replies.parameterSyntax;
      body = known;
    } else if (name === 'AUTH') {
      if (value === '') return replies.parameterSyntax;
      auth = true;
    } else {
      return replies.parameterUnknown;
    }
  }
  return { size, body, auth };
}
