import type { SaslAnswer, SaslIdentity, SaslStep } from './mechanism.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Octets of each of authorization id, authentication id and password; RFC 4616 §2 lets a server set a limit of at least 255. */
export const MAX_CREDENTIAL_BYTES = 1_024;

/** UTF-8 without NUL, within the limit; undefined: malformed. */
export function decodeCredential(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_CREDENTIAL_BYTES || bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The step from a password's verdict. */
export function concludePassword(identity: SaslIdentity | undefined, answer: SaslAnswer): SaslStep {
  if (identity !== undefined && answer.accepted) return { type: 'success', identity };
  return { type: 'failure', reason: 'invalid-credentials' };
}
