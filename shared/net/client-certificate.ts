import type { TLSSocket } from 'node:tls';

/** One name of `subjectAltName` as Node writes it: a value with a comma or a quote in it is a JSON string. */
const NAME = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy;

const MAX_ADDRESSES = 20;

/**
 * The e-mail addresses of a client's certificate (RFC 5280 §4.2.1.6, rfc822Name) that OpenSSL verified against the CA we
 * asked for; empty: none was shown, or it did not hold.
 */
export function clientCertificateAddresses(socket: TLSSocket): readonly string[] {
  const certificate = !socket.destroyed && verified(socket) ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return [];
  const names = [...(certificate.subjectAltName ?? '').matchAll(NAME)];
  return names
    .flatMap(([, type, value = '']) => (type === 'email' && !value.startsWith('"') ? [value] : []))
    .filter((address) => certificate.checkEmail(address, { subject: 'never' }) !== undefined)
    .slice(0, MAX_ADDRESSES);
}

/** `authorized` is set by tls.Server alone, which a socket of STARTTLS does not have; the handle tells what OpenSSL found. */
function verified(socket: TLSSocket): boolean {
  const { _handle } = socket as unknown as { _handle?: { verifyError?: () => unknown } };
  return typeof _handle?.verifyError === 'function' && _handle.verifyError() === null;
}
