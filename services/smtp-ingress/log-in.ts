import type { Account } from '../../shared/account/port.ts';
import type { SaslCredentials } from '../../shared/protocol/sasl/mechanism.ts';
import type { Ingress } from './ingress.ts';

/** The account of these credentials; undefined: refused. Throws when the directory cannot be asked. */
export async function logIn(ingress: Ingress, credentials: SaslCredentials): Promise<Account | undefined> {
  const { authenticationId, authorizationId, password } = credentials;
  const account = await ingress.ports.accounts.authenticate(authenticationId, password);
  if (account === undefined || authorizationId === '') return account;
  // RFC 4616 §2: to act as somebody else is not offered.
  return authorizationId.toLowerCase() === account.address ? account : undefined;
}
