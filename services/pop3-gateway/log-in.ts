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
  const { account } = await checkLogIn(session, credentials);
  if (account === undefined) refuseLogIn(session);
  else await enter(session, account);
}

/** Counts and logs what was refused; the reply to it is `refuseLogIn`. */
export async function checkLogIn(session: Pop3Session, credentials: SaslCredentials): Promise<LogInCheck> {
  const { ports, metrics } = session.gateway;
  const checked = await session.logIns.check(credentials);
  if (checked.answer.kind === 'verdict' && checked.account === undefined) {
    metrics.logins.inc({ result: 'refused' });
    const name = (credentials.authenticationId || credentials.authorizationId).slice(0, 255);
    ports.log.warn({ name, remote: session.remote }, 'pop3 log-in refused');
  }
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
