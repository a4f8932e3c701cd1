import { SaslDialogue, type SaslLineStep } from '../../../shared/protocol/sasl/dialogue.ts';
import type { SaslCredentials, SaslFailure } from '../../../shared/protocol/sasl/mechanism.ts';
import { createMechanism, SASL_MECHANISMS } from '../../../shared/protocol/sasl/mechanisms.ts';
import type { Command } from '../commands.ts';
import { demandPasswordAllowed, logIn, refuseLogIn } from '../log-in.ts';
import { REFUSALS, type Refusal } from '../refusals.ts';
import type { Pop3Session } from '../session.ts';

const FAILURES: Readonly<Record<SaslFailure, Refusal>> = {
  malformed: REFUSALS.malformedSasl,
  cancelled: REFUSALS.cancelledSasl,
  'invalid-credentials': REFUSALS.credentials,
};

/** AUTH mechanism [initial-response] (RFC 5034 §4). */
export const auth: Command<'auth'> = (session, { mechanism: name, initialResponse }) => {
  demandPasswordAllowed(session);
  const mechanism = createMechanism(name);
  if (mechanism === undefined) return session.refuse(REFUSALS.mechanism);
  session.dialogue = new SaslDialogue(mechanism);
  return proceed(session, session.dialogue.start(initialResponse ?? undefined));
};

/** A line of the exchange. */
export const response: Command<'response'> = (session, { response: text }) => {
  const { dialogue } = session;
  if (dialogue === undefined) return session.refuse(REFUSALS.malformedSasl);
  return proceed(session, dialogue.line(text ?? '*'));
};

/** AUTH alone lists the mechanisms, as clients older than RFC 5034 expect. */
export const mechanisms: Command<'mechanisms'> = ({ engine }) => {
  engine.begin('mechanisms follow');
  for (const name of SASL_MECHANISMS) engine.line(name);
  engine.end();
};

function proceed(session: Pop3Session, step: SaslLineStep): void | Promise<void> {
  if (step.type === 'challenge') return session.engine.challenge(step.text);
  session.dialogue = undefined;
  if (step.type === 'verify') return verify(session, step.credentials);
  session.refuse(step.type === 'failure' ? FAILURES[step.reason] : REFUSALS.malformedSasl);
}

/** Nobody may act as somebody else. */
function verify(session: Pop3Session, credentials: SaslCredentials): void | Promise<void> {
  const { authenticationId, authorizationId, password } = credentials;
  if (authorizationId !== '' && authorizationId.toLowerCase() !== authenticationId.toLowerCase()) {
    return refuseLogIn(session, authenticationId);
  }
  return logIn(session, authenticationId, password);
}
