import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { SaslDialogue, type SaslLineStep } from '../../../shared/protocol/sasl/dialogue.ts';
import type { SaslCredentials } from '../../../shared/protocol/sasl/mechanism.ts';
import { createMechanism } from '../../../shared/protocol/sasl/mechanisms.ts';
import { demandPasswordAllowed, logIn } from '../log-in.ts';
import type { Outcome } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** An exchange that waits for the client's answer to a challenge. */
export interface Authentication {
  readonly tag: string;
  response(text: string): Promise<Outcome | null>;
}

/** RFC 3501 §6.2.2, with the initial response of RFC 4959. */
export function authenticate(
  session: ImapSession,
  command: CommandNamed<'AUTHENTICATE'>,
  tag: string,
): Promise<Outcome | null> {
  demandPasswordAllowed(session);
  const mechanism = createMechanism(command.mechanism);
  if (mechanism === undefined) throw new Refused(REFUSALS.mechanism);
  const dialogue = new SaslDialogue(mechanism);
  return proceed(session, tag, dialogue, dialogue.start(command.initialResponse));
}

async function proceed(
  session: ImapSession,
  tag: string,
  dialogue: SaslDialogue,
  step: SaslLineStep,
): Promise<Outcome | null> {
  switch (step.type) {
    case 'challenge':
      session.authentication = {
        tag,
        response: (text) => proceed(session, tag, dialogue, dialogue.line(text)),
      };
      session.engine.challenge(step.text);
      return null;
    case 'verify':
      return verify(session, step.credentials);
    case 'success':
    case 'failure':
      throw new Refused(
        step.type === 'failure' && step.reason === 'cancelled'
          ? REFUSALS.cancelledSasl
          : REFUSALS.malformedSasl,
      );
  }
}

/** Acting as another is not offered: an authorization id must be the authentication id. */
function verify(session: ImapSession, credentials: SaslCredentials): Promise<Outcome> {
  const { authenticationId, authorizationId, password } = credentials;
  const other = authorizationId !== '' && authorizationId.toLowerCase() !== authenticationId.toLowerCase();
  return logIn(session, other ? '' : authenticationId, password);
}
