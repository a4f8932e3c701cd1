import { replies } from './server-replies.ts';
import type { ServerReply } from './server-reply.ts';

/** esmtp-param = esmtp-keyword ["=" esmtp-value] (RFC 5321 §4.1.2; RFC 6531 §3.3 has UTF-8 in the value). */
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u00a0-\u{10ffff}]+))?$/u;

/** Reads one parameter's value ('' when it has none) into `into`; a reply when it cannot be taken. */
export type ReadParameter<Parameters> = (value: string, into: Parameters) => ServerReply | undefined;

/** What follows the path of MAIL or RCPT; each parameter once. Unknown ones: 555 (RFC 5321 §4.1.1.11). */
export function readParameters<Parameters>(
  text: string,
  known: ReadonlyMap<string, ReadParameter<Parameters>>,
  into: Parameters,
): ServerReply | undefined {
  const seen = new Set<string>();
  for (const word of text.trim().split(/ +/)) {
    const found = PARAMETER.exec(word);
    if (!found) return replies.parameterSyntax;
    const name = found[1]!.toUpperCase();
    if (seen.has(name)) return replies.parameterSyntax;
    seen.add(name);
    const read = known.get(name);
    if (read === undefined) return replies.parameterUnknown;
    const refused = read(found[2] ?? '', into);
    if (refused !== undefined) return refused;
  }
  return undefined;
}
