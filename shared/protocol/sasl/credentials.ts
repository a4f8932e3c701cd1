const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Octets of each of authorization id, authentication id and password; RFC 4616 §2 lets a server set a limit of at least 255. */
export const MAX_CREDENTIAL_BYTES = 1_024;

/** UTF-8 without NUL, within the limit; undefined: malformed. */
export function decodeCredential(bytes: Uint8Array, limit = MAX_CREDENTIAL_BYTES): string | undefined {
  if (bytes.length > limit || bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
