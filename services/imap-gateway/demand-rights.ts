import { hasAll, type Rights } from '../../shared/mailbox/rights.ts';
import { mailboxRefusal } from './refusals.ts';
import type { ImapSession } from './session.ts';

/** Throws `Refused` unless messages may be put into the mailbox: before they are sent, where that can be known. */
export function demandInsert(session: ImapSession, mailbox: string): Promise<void> {
  return demand(session, mailbox, 'i', 'you may not put messages there');
}

/** Throws `Refused` unless messages may be taken out of the selected mailbox: before they are put into another account's. */
export function demandRemove(session: ImapSession): Promise<void> {
  return demand(session, session.selected!.name, 'te', 'you may not take messages away from here');
}

async function demand(session: ImapSession, name: string, wanted: Rights, text: string): Promise<void> {
  const { rights } = await session.ask('myRights', { name }, { target: true });
  if (!hasAll(rights, wanted)) throw mailboxRefusal({ refused: 'no-permission', text });
}
