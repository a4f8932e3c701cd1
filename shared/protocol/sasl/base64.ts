const STRICT = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64 of RFC 4648 §4, padding required, nothing around it; undefined: not base64. '' is no bytes. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !STRICT.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
