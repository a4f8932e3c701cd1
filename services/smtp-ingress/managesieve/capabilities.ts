import { EXTENSIONS } from '../../../shared/sieve/extensions.ts';
import { MAX_REDIRECTS } from '../../../shared/sieve/limits.ts';
import type { ManageSieveSession } from './session.ts';

/** RFC 5804 §1.7. The final OK is the caller's. */
export function tellCapabilities(session: ManageSieveSession): void {
  const { engine, drive, account } = session;
  engine.line(['IMPLEMENTATION', 'Cartero']);
  engine.line(['VERSION', '1.0']);
  engine.line(['SASL', session.passwordAllowed ? session.logIns.offer().names.join(' ') : '']);
  engine.line(['SIEVE', EXTENSIONS.join(' ')]);
  engine.line(['MAXREDIRECTS', String(MAX_REDIRECTS)]);
  engine.line(['UNAUTHENTICATE']);
  if (drive.connection.secure === null) engine.line(['STARTTLS']);
  if (account !== undefined) engine.line(['OWNER', account.address]);
}
