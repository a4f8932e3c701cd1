import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { leave } from './unselect.ts';

/** RFC 3501 §6.4.2: expunges without a word, unless the mailbox is read-only, or without the right to (RFC 4314 §4). */
export async function close(session: ImapSession): Promise<Outcome> {
  const selected = session.selected!;
  if (!selected.readOnly && selected.rights.includes('e'))
    await session.ask('expunge', { mailboxId: selected.mailboxId });
  leave(session);
  return ok('CLOSE completed');
}
