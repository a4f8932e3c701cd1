import { formatString } from '../../../shared/protocol/imap/format-string.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 9698 §3: where the same mail is to be had by JMAP. */
export function getJmapAccess(session: ImapSession): Outcome {
  const { jmapUrl } = session.gateway.config;
  if (jmapUrl === undefined) return REFUSALS.noJmap;
  session.engine.out.line(`* JMAPACCESS ${formatString(jmapUrl)}`);
  return ok('GETJMAPACCESS completed');
}
