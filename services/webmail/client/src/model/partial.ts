/**
 * Joins the parts of a message/partial (RFC 2046 §5.2.2.1): the fields of the first enclosing message but for
 * Content-*, Subject, Message-ID, Encrypted and MIME-Version, which the enclosed message has its own of, and the
 * bodies one after the other. `parts` are whole messages in their order. Returns the octets of the joined message.
 */
export function joinPartial(parts: readonly Uint8Array[]): Uint8Array {
  const cut = parts.map((bytes) => ({ bytes, body: bodyOffset(bytes) }));
  const [first] = cut;
  if (!first) return new Uint8Array();
  const outer = fields(latin1(first.bytes.subarray(0, first.body))).filter(
    ({ name }) => !FROM_ENCLOSED.test(name),
  );
  const inside = first.bytes.subarray(first.body);
  const innerBody = bodyOffset(inside);
  const inner = fields(latin1(inside.subarray(0, innerBody))).filter(({ name }) => FROM_ENCLOSED.test(name));
  const header = `${[...outer, ...inner].map(({ raw }) => raw).join('')}\r\n`;
  const chunks = [
    bytesOf(header),
    inside.subarray(innerBody),
    ...cut.slice(1).map(({ bytes, body }) => bytes.subarray(body)),
  ];
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

const FROM_ENCLOSED = /^(?:content-.*|subject|message-id|encrypted|mime-version)$/i;

/** Where the body begins: after the first empty line. */
function bodyOffset(bytes: Uint8Array): number {
  let lineStart = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 10) continue;
    const end = at > 0 && bytes[at - 1] === 13 ? at - 1 : at;
    if (end === lineStart) return at + 1;
    lineStart = at + 1;
  }
  return bytes.length;
}

function fields(header: string): readonly { readonly name: string; readonly raw: string }[] {
  const found: { name: string; raw: string }[] = [];
  for (const line of header.split('\n').map((one) => one.replace(/\r$/, ''))) {
    if (line === '') continue;
    if (/^[ \t]/.test(line) && found.length > 0) found.at(-1)!.raw += `${line}\r\n`;
    else found.push({ name: line.slice(0, Math.max(0, line.indexOf(':'))).trim(), raw: `${line}\r\n` });
  }
  return found;
}

const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
