import { MAX_FAILED_LOGINS } from '../../shared/protocol/pop3/limits.ts';
import { passwordAllowed } from './password-allowed.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { Pop3Session } from './session.ts';

/** Throws `Refused` when this connection may not carry a password. */
export function demandPasswordAllowed(session: Pop3Session): void {
  const { config } = session.gateway;
  if (!passwordAllowed(session.drive.connection, config.plaintextAuth)) throw new Refused(REFUSALS.plaintext);
}

/** What PASS and AUTH do alike: check the password, open the maildrop, reply. */
export async function logIn(session: Pop3Session, name: string, password: string): Promise<void> {
  const { ports, metrics } = session.gateway;
  demandPasswordAllowed(session);
  const account = await ports.accounts.authenticate(name, password);
  if (account === undefined) return refuseLogIn(session, name);
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
export function refuseLogIn(session: Pop3Session, name: string): void {
  const { ports, metrics } = session.gateway;
  metrics.logins.inc({ result: 'refused' });
  ports.log.warn({ name: name.slice(0, 255), remote: session.remote }, 'pop3 log-in refused');
  session.failedLogins += 1;
  const last = session.failedLogins >= MAX_FAILED_LOGINS;
  session.refuse(last ? REFUSALS.tooManyLogins : REFUSALS.credentials);
  if (last) session.engine.close();
}
