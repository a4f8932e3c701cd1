import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3691: like CLOSE, and nothing is expunged. */
export function unselect(session: ImapSession): Outcome {
  leave(session);
  return ok('UNSELECT completed');
}

/** Back to the authenticated state. */
export function leave(session: ImapSession): void {
  session.unselect();
  session.engine.enter('authenticated');
  session.gateway.registry.update(session);
}
