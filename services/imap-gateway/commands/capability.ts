import { capabilities } from '../capabilities.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.1.1 */
export function capability(session: ImapSession): Outcome {
  session.engine.out.line(`* CAPABILITY ${capabilities(session)}`);
  return ok('CAPABILITY completed');
}
