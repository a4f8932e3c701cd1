import type { Account, LogInCheck } from '../../shared/account/port.ts';
import type { SaslCredentials } from '../../shared/protocol/sasl/mechanism.ts';
import { capabilities } from './capabilities.ts';
import { AUTOLOGOUT_MS, MAX_FAILED_LOGINS } from './limits.ts';
import { type Outcome, ok } from './outcome.ts';
import { passwordAllowed } from './password-allowed.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { ImapSession } from './session.ts';

/** Throws `Refused` when this connection may not carry a password. */
export function demandPasswordAllowed(session: ImapSession): void {
  const { config } = session.gateway;
  if (!passwordAllowed(session.drive.connection, config.plaintextAuth)) throw new Refused(REFUSALS.plaintext);
}

/** Counts and logs what was refused; the third time ends the connection. */
export async function checkLogIn(session: ImapSession, credentials: SaslCredentials): Promise<LogInCheck> {
  const { ports, metrics } = session.gateway;
  const checked = await session.logIns.check(credentials);
  if (checked.answer.kind === 'verdict' && checked.account === undefined) {
    metrics.logins.inc({ result: 'refused' });
    const name = (credentials.authenticationId || credentials.authorizationId).slice(0, 255);
    ports.log.warn({ name, remote: session.drive.connection.remoteAddress }, 'imap log-in refused');
    session.failedLogins += 1;
    if (session.failedLogins >= MAX_FAILED_LOGINS) session.goodbye('Too many failed log-ins');
  }
  return checked;
}

/** What LOGIN and AUTHENTICATE do alike once it is known who it is: take a place under the account's limit. */
export async function enter(session: ImapSession, account: Account | undefined): Promise<Outcome> {
  const { metrics, registry } = session.gateway;
  if (account === undefined) throw new Refused(REFUSALS.credentials);
  session.account = account;
  if (!(await registry.enter(session))) {
    session.account = undefined;
    metrics.logins.inc({ result: 'limit' });
    throw new Refused(REFUSALS.sessions);
  }
  session.loggedIn();
  session.drive.setIdleTimeout(AUTOLOGOUT_MS);
  session.engine.enter('authenticated');
  metrics.logins.inc({ result: 'accepted' });
  return ok('Logged in', `CAPABILITY ${capabilities(session)}`);
}
