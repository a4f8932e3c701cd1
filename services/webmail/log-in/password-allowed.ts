import type { Connection } from '../../../shared/net/connection.ts';
import type { Config } from '../../../shared/runtime/config.ts';

/** A password in clear is taken over TLS, from loopback, or where the settings say so. */
export function passwordAllowed(connection: Connection, setting: Config['plaintextAuth']): boolean {
  if (connection.secure !== null || setting === 'always') return true;
  return setting === 'loopback' && connection.loopback;
}
