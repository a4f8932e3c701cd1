import type { Config } from '../../shared/runtime/config.ts';

/** Where AUTH is offered on a submission listener: under TLS, and in clear as far as PLAINTEXT_AUTH goes (RFC 4954 §4). */
export function authOffered(remoteAddress: string, setting: Config['plaintextAuth']): 'under-tls' | 'always' {
  if (setting === 'always') return 'always';
  return setting === 'loopback' && isLoopback(remoteAddress) ? 'always' : 'under-tls';
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
