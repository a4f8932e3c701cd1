import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 5267 §4.3.5: all of them, or, when one is no updating search, none. */
export function cancelUpdate(session: ImapSession, { tags }: CommandNamed<'CANCELUPDATE'>): Outcome {
  const contexts = session.selected!.following?.contexts;
  if (!tags.every((tag) => contexts?.has(tag))) return REFUSALS.noContext;
  for (const tag of tags) contexts?.delete(tag);
  session.follow();
  return ok('No further updates');
}
