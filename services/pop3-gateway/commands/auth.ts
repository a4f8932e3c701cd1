import type { Account } from '../../../shared/account/port.ts';
import { SaslDialogue, type SaslLineStep } from '../../../shared/protocol/sasl/dialogue.ts';
import type { Command } from '../commands.ts';
import { checkLogIn, demandPasswordAllowed, enter, refuseLogIn } from '../log-in.ts';
import { passwordAllowed } from '../password-allowed.ts';
import { REFUSALS } from '../refusals.ts';
import type { Pop3Session } from '../session.ts';

/** An exchange under way, and whose it is once that is known. */
export interface Exchange {
  readonly dialogue: SaslDialogue;
  account: Account | undefined;
}

/** AUTH mechanism [initial-response] (RFC 5034 §4). */
export const auth: Command<'auth'> = (session, { mechanism: name, initialResponse }) => {
  demandPasswordAllowed(session);
  const mechanism = session.logIns.offer().create(name);
  if (mechanism === undefined) return session.refuse(REFUSALS.mechanism);
  const exchange = { dialogue: new SaslDialogue(mechanism), account: undefined };
  session.exchange = exchange;
  return proceed(session, exchange, exchange.dialogue.start(initialResponse ?? undefined));
};

/** A line of the exchange. */
export const response: Command<'response'> = (session, { response: text }) => {
  const { exchange } = session;
  if (exchange === undefined) return session.refuse(REFUSALS.malformedSasl);
  return proceed(session, exchange, exchange.dialogue.line(text ?? '*'));
};

/** AUTH alone lists the mechanisms, as clients older than RFC 5034 expect. */
export const mechanisms: Command<'mechanisms'> = ({ engine, drive, gateway, logIns }) => {
  engine.begin('mechanisms follow');
  if (passwordAllowed(drive.connection, gateway.config.plaintextAuth)) {
    for (const name of logIns.offer().names) engine.line(name);
  }
  engine.end();
};

async function proceed(session: Pop3Session, exchange: Exchange, first: SaslLineStep): Promise<void> {
  let step = first;
  while (step.type === 'verify') {
    const checked = await checkLogIn(session, step.credentials);
    exchange.account = checked.outcome === 'accepted' ? checked.account : undefined;
    step = exchange.dialogue.answer(checked.answer);
  }
  if (step.type === 'challenge') return session.engine.challenge(step.text);
  session.exchange = undefined;
  if (step.type === 'success' && exchange.account !== undefined) return enter(session, exchange.account);
  if (step.type === 'failure' && step.reason !== 'invalid-credentials') {
    return session.refuse(step.reason === 'cancelled' ? REFUSALS.cancelledSasl : REFUSALS.malformedSasl);
  }
  refuseLogIn(session);
}
