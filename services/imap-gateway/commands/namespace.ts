import { HIERARCHY_DELIMITER, SHARED_NAMESPACE } from '../../../shared/mailbox/types.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

const OTHERS = SHARED_NAMESPACE + HIERARCHY_DELIMITER;

/** RFC 2342: personal mailboxes at the root, those of other users by their addresses, none that are nobody's. */
export function namespace(session: ImapSession): Outcome {
  session.engine.out.line(
    `* NAMESPACE (("" "${HIERARCHY_DELIMITER}")) (("${OTHERS}" "${HIERARCHY_DELIMITER}")) NIL`,
  );
  return ok('NAMESPACE completed');
}
