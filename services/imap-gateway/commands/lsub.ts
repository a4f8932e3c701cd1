import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { ancestors } from '../ancestors.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { mailboxMatcher } from '../mailbox-matcher.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { visibleMailboxes } from '../visible-mailboxes.ts';

/** RFC 3501 §6.3.9: a parent that is not subscribed shows as \Noselect when `%` hides its subscribed child. */
export async function lsub(session: ImapSession, command: CommandNamed<'LSUB'>): Promise<Outcome> {
  const { out } = session.engine;
  const mailboxes = await visibleMailboxes(session, command.reference, [command.pattern]);
  const matches = mailboxMatcher(command.reference, [command.pattern], session.engine.utf8);
  const told = new Map<string, string>();
  for (const info of mailboxes) {
    if (!info.subscribed) continue;
    if (matches(info.name)) told.set(info.name, info.exists ? '' : '\\Noselect');
    else if (command.pattern.endsWith('%')) {
      for (const parent of ancestors(info.name)) {
        if (matches(parent) && !told.has(parent)) told.set(parent, '\\Noselect');
      }
    }
  }
  for (const [name, attributes] of told)
    out.line(`* LSUB (${attributes}) "${HIERARCHY_DELIMITER}" ${formatMailbox(session, name)}`);
  return ok('LSUB completed');
}
