import { createHash, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
const EXPORTER_BYTES = 32;

/**
 * What both ends of a TLS connection, and nobody between them, see of it.
 *
 * - `tls-exporter` (RFC 9266): TLS 1.3 alone. For TLS 1.2 it asks for the extended master secret, of which Node does not tell.
 * - `tls-server-end-point` (RFC 5929 §4): a hash of our certificate.
 */
export function channelBinding(socket: TLSSocket, type: string): Uint8Array | undefined {
  switch (type) {
    case 'tls-exporter':
      if (socket.getProtocol() !== 'TLSv1.3') return undefined;
      return socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
    case 'tls-server-end-point':
      return hashOf(socket.getX509Certificate());
    default:
      return undefined;
  }
}

/** With the hash of the certificate's signature, but SHA-256 at least; a signature without one (Ed25519) has no such binding. */
function hashOf(certificate: X509Certificate | undefined): Uint8Array | undefined {
  const algorithm = /md5|sha-?(?:1|224|256|384|512)(?!\d)/i.exec(certificate?.signatureAlgorithm ?? '')?.[0];
  if (certificate === undefined || algorithm === undefined) return undefined;
  const name = algorithm.toLowerCase().replace('-', '');
  return createHash(name === 'md5' || name === 'sha1' ? 'sha256' : name)
    .update(certificate.raw)
    .digest();
}
