import type { Account } from '../../../shared/account/port.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { SaslDialogue, type SaslLineStep } from '../../../shared/protocol/sasl/dialogue.ts';
import type { SaslFailure } from '../../../shared/protocol/sasl/mechanism.ts';
import { checkLogIn, demandPasswordAllowed, enter } from '../log-in.ts';
import type { Outcome } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** An exchange that waits for the client's answer to a challenge. */
export interface Authentication {
  readonly tag: string;
  response(text: string): Promise<Outcome | null>;
}

const FAILURES: Readonly<Record<SaslFailure, Outcome>> = {
  malformed: REFUSALS.malformedSasl,
  cancelled: REFUSALS.cancelledSasl,
  'invalid-credentials': REFUSALS.credentials,
};

/** RFC 3501 §6.2.2, with the initial response of RFC 4959. */
export function authenticate(
  session: ImapSession,
  command: CommandNamed<'AUTHENTICATE'>,
  tag: string,
): Promise<Outcome | null> {
  demandPasswordAllowed(session);
  const mechanism = session.logIns.offer().create(command.mechanism);
  if (mechanism === undefined) throw new Refused(REFUSALS.mechanism);
  const dialogue = new SaslDialogue(mechanism);
  let account: Account | undefined;
  const authentication: Authentication = { tag, response: (text) => proceed(dialogue.line(text)) };

  async function proceed(first: SaslLineStep): Promise<Outcome | null> {
    let step = first;
    while (step.type === 'verify') {
      const checked = await checkLogIn(session, step.credentials);
      account = checked.outcome === 'accepted' ? checked.account : undefined;
      step = dialogue.answer(checked.answer);
    }
    if (step.type === 'success') return enter(session, account);
    if (step.type === 'failure') throw new Refused(FAILURES[step.reason]);
    session.authentication = authentication;
    session.engine.challenge(step.text);
    return null;
  }
  return proceed(dialogue.start(command.initialResponse));
}
