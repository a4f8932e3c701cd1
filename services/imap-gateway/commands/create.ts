import { readSpecialUse } from '../../../shared/mailbox/special-use.ts';
import { HIERARCHY_DELIMITER, type SpecialUse } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { mailboxObjectId } from '../object-id.ts';
import { type Outcome, ok } from '../outcome.ts';
import { placeOf } from '../place.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.3; USE: RFC 6154 §3. A delimiter at the end only says that children will follow. A name that was put into NFC is told (RFC 9051 §6.3.4). */
export async function create(session: ImapSession, command: CommandNamed<'CREATE'>): Promise<Outcome> {
  const { mailbox, specialUse } = command;
  const name = mailbox.endsWith(HIERARCHY_DELIMITER) ? mailbox.slice(0, -1) : mailbox;
  const { mailboxId } = await session.ask('create', { name, specialUse: demandSpecialUse(specialUse) });
  const stored = name.normalize('NFC');
  if (stored !== name && session.enabled.has('IMAP4REV2')) {
    const oldName = formatMailbox(session, name);
    session.engine.out.line(`* LIST () "/" ${formatMailbox(session, stored)} ("OLDNAME" (${oldName}))`);
  }
  const { owner } = await placeOf(session, name);
  return ok('CREATE completed', `MAILBOXID (${mailboxObjectId(session, owner, mailboxId)})`);
}

function demandSpecialUse(names: readonly string[]): SpecialUse | undefined {
  if (names.length === 0) return undefined;
  const use = readSpecialUse(names[0]!);
  if (use === undefined || names.length > 1) throw new Refused(REFUSALS.specialUse);
  return use;
}
