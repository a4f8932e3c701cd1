import type { Connection } from '../../shared/net/connection.ts';
import type { AuthOffered } from '../../shared/protocol/smtp/server-events.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { isSubmission, type ListenerName } from './ingress.ts';

/** Where AUTH is offered on a submission listener: under TLS, and in clear as far as PLAINTEXT_AUTH goes (RFC 4954 §4). */
export function authOffered(
  { loopback }: Pick<Connection, 'loopback'>,
  setting: Config['plaintextAuth'],
): 'under-tls' | 'always' {
  return setting === 'always' || (setting === 'loopback' && loopback) ? 'always' : 'under-tls';
}

export function authOnListener(
  listener: ListenerName,
  connection: Pick<Connection, 'loopback'>,
  setting: Config['plaintextAuth'],
): AuthOffered {
  return isSubmission(listener) ? authOffered(connection, setting) : 'never';
}
