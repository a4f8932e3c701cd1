import type { Connection } from '../../shared/net/connection.ts';
import type { Config } from '../../shared/runtime/config.ts';

/** Where AUTH is offered on a submission listener: under TLS, and in clear as far as PLAINTEXT_AUTH goes (RFC 4954 §4). */
export function authOffered(
  { loopback }: Pick<Connection, 'loopback'>,
  setting: Config['plaintextAuth'],
): 'under-tls' | 'always' {
  return setting === 'always' || (setting === 'loopback' && loopback) ? 'always' : 'under-tls';
}
