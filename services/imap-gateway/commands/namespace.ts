import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 2342: personal mailboxes at the root, none of others, none shared. */
export function namespace(session: ImapSession): Outcome {
  session.engine.out.line(`* NAMESPACE (("" "${HIERARCHY_DELIMITER}")) NIL NIL`);
  return ok('NAMESPACE completed');
}
