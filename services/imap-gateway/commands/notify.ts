import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { isOfSelected, NOTIFY_EVENTS } from '../../../shared/protocol/imap/commands/notify.ts';
import { OtherMailboxes } from '../notify/other-mailboxes.ts';
import { selectedRule, WITHOUT_NOTIFY } from '../notify/selected-rule.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { synchronize } from '../synchronize.ts';

/** RFC 5465 §3.1. One that is refused leaves what was set before. */
export async function notify(session: ImapSession, command: CommandNamed<'NOTIFY'>): Promise<Outcome> {
  const { groups, status, unsupported } = command;
  if (unsupported)
    return {
      status: 'NO',
      code: `BADEVENT (${NOTIFY_EVENTS.join(' ')})`,
      text: 'There is no such event here',
    };
  if (groups === null) {
    session.notify({ rule: selectedRule([]), others: undefined, groups: [] });
    return ok('NOTIFY completed');
  }
  const elsewhere = groups.filter((group) => !isOfSelected(group) && group.events.size > 0);
  const others = elsewhere.length === 0 ? undefined : new OtherMailboxes(session, elsewhere);
  // It is a NOOP too: what has gathered is told, whatever is to be told from now on.
  session.rule = WITHOUT_NOTIFY;
  try {
    await synchronize(session, { expunges: true, always: true });
    await others?.open(status);
  } catch (error) {
    session.rule = session.notifications?.rule ?? WITHOUT_NOTIFY;
    throw error;
  }
  session.notify({ rule: selectedRule(groups), others, groups });
  return ok('NOTIFY completed');
}
