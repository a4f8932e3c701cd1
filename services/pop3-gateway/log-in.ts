import type { Account, LogInCheck } from '../../shared/account/port.ts';
import { MAX_FAILED_LOGINS } from '../../shared/protocol/pop3/limits.ts';
import type { SaslCredentials } from '../../shared/protocol/sasl/mechanism.ts';
import { passwordAllowed } from './password-allowed.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { Pop3Session } from './session.ts';

/** Throws `Refused` when this connection may not carry a password. */
export function demandPasswordAllowed(session: Pop3Session): void {
  const { config } = session.gateway;
  if (!passwordAllowed(session.drive.connection, config.plaintextAuth)) throw new Refused(REFUSALS.plaintext);
}

/** USER and PASS: check the password, open the maildrop, reply. */
export async function logIn(session: Pop3Session, name: string, password: string): Promise<void> {
  demandPasswordAllowed(session);
  const credentials = { kind: 'password', authenticationId: name, authorizationId: '', password } as const;
  const checked = await checkLogIn(session, credentials);
  if (checked.outcome === 'accepted') await enter(session, checked.account);
  else refuseLogIn(session);
}

/** Throws `Refused` [SYS/TEMP] after too many guesses; the reply to a wrong one is `refuseLogIn`. */
export async function checkLogIn(
  session: Pop3Session,
  credentials: SaslCredentials,
): Promise<Exclude<LogInCheck, { outcome: 'throttled' }>> {
  const { metrics } = session.gateway;
  const checked = await session.logIns.check(credentials);
  const { outcome } = checked;
  if (outcome === 'refused' || outcome === 'throttled') metrics.logins.inc({ result: outcome });
  if (outcome === 'throttled') throw new Refused(REFUSALS.guesses);
  return checked;
}

export async function enter(session: Pop3Session, account: Account): Promise<void> {
  const { metrics } = session.gateway;
  try {
    await session.enter(account);
  } catch (error) {
    const result = error instanceof Refused ? 'in-use' : 'unavailable';
    metrics.logins.inc({ result });
    throw error;
  }
  metrics.logins.inc({ result: 'accepted' });
  if (!session.inTransaction) return;
  const { maildrop } = session.transaction;
  session.engine.ok(`maildrop has ${maildrop.count} messages (${maildrop.octets} octets)`);
}

/** Wrong, unknown and disabled are one reply; the third one closes the connection. */
export function refuseLogIn(session: Pop3Session): void {
  session.failedLogins += 1;
  const last = session.failedLogins >= MAX_FAILED_LOGINS;
  session.refuse(last ? REFUSALS.tooManyLogins : REFUSALS.credentials);
  if (last) session.engine.close();
}
