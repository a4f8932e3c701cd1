import type { Account } from '../../../../shared/account/port.ts';
import { SaslDialogue, type SaslLineStep } from '../../../../shared/protocol/sasl/dialogue.ts';
import { MAX_FAILED_LOGINS } from '../../limits.ts';
import type { Command } from '../commands.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ManageSieveSession } from '../session.ts';

/** An exchange under way, and whose it is once that is known. */
export interface Exchange {
  readonly dialogue: SaslDialogue;
  account: Account | undefined;
}

/** RFC 5804 §2.1. */
export const authenticate: Command<'authenticate'> = (session, { mechanism: name, initialResponse }) => {
  if (!session.passwordAllowed) throw new Refused(REFUSALS.plaintext);
  const mechanism = session.logIns.offer().create(name);
  if (mechanism === undefined) throw new Refused(REFUSALS.mechanism);
  const exchange: Exchange = { dialogue: new SaslDialogue(mechanism), account: undefined };
  session.exchange = exchange;
  // An empty initial response is an empty string here, "=" in the dialogue.
  return proceed(session, exchange, exchange.dialogue.start(initialResponse === '' ? '=' : initialResponse));
};

/** A string of the exchange. */
export const response: Command<'response'> = (session, { response: text }) => {
  const { exchange } = session;
  if (exchange === undefined) throw new Refused(REFUSALS.malformedSasl);
  return proceed(session, exchange, exchange.dialogue.line(text ?? '*'));
};

async function proceed(session: ManageSieveSession, exchange: Exchange, first: SaslLineStep): Promise<void> {
  const { metrics } = session.ingress;
  let step = first;
  while (step.type === 'verify') {
    const checked = await session.logIns.check(step.credentials);
    if (checked.outcome === 'throttled') throw new Refused(REFUSALS.guesses);
    exchange.account = checked.outcome === 'accepted' ? checked.account : undefined;
    step = exchange.dialogue.answer(checked.answer);
  }
  if (step.type === 'challenge') return session.engine.challenge(step.text);
  session.exchange = undefined;
  if (step.type === 'success' && exchange.account !== undefined) {
    metrics.logins.inc({ result: 'accepted' });
    session.loggedIn(exchange.account);
    return session.engine.ok('logged in');
  }
  if (step.type === 'failure' && step.reason !== 'invalid-credentials')
    throw new Refused(step.reason === 'cancelled' ? REFUSALS.cancelledSasl : REFUSALS.malformedSasl);
  metrics.logins.inc({ result: 'refused' });
  session.failedLogins += 1;
  session.engine.no(REFUSALS.credentials.text);
  if (session.failedLogins >= MAX_FAILED_LOGINS) session.engine.bye('too many failed log-ins');
}
