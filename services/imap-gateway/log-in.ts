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

/** Counts what was refused; the third time ends the connection. Throws `Refused` [LIMIT] after too many guesses. */
export async function checkLogIn(
  session: ImapSession,
  credentials: SaslCredentials,
): Promise<Exclude<LogInCheck, { outcome: 'throttled' }>> {
  const { metrics } = session.gateway;
  const checked = await session.logIns.check(credentials);
  const { outcome } = checked;
  if (outcome === 'refused' || outcome === 'throttled') {
    metrics.logins.inc({ result: outcome });
    session.failedLogins += 1;
    if (session.failedLogins >= MAX_FAILED_LOGINS) session.goodbye('Too many failed log-ins');
  }
  if (outcome === 'throttled') throw new Refused(REFUSALS.guesses);
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
