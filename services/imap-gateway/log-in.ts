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

/** What LOGIN and AUTHENTICATE do alike: check the password, take a place under the account's limit. */
export async function logIn(session: ImapSession, name: string, password: string): Promise<Outcome> {
  const { ports, metrics, registry } = session.gateway;
  const account = name === '' ? undefined : await ports.accounts.authenticate(name, password);
  if (account === undefined) {
    metrics.logins.inc({ result: 'refused' });
    ports.log.warn(
      { name: name.slice(0, 255), remote: session.drive.connection.remoteAddress },
      'imap log-in refused',
    );
    session.failedLogins += 1;
    if (session.failedLogins >= MAX_FAILED_LOGINS) session.goodbye('Too many failed log-ins');
    throw new Refused(REFUSALS.credentials);
  }
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
