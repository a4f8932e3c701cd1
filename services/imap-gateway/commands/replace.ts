import { randomUUID } from 'node:crypto';
import type { AppendTarget } from '../../../shared/protocol/imap/append-target.ts';
import { STAR } from '../../../shared/protocol/imap/sequence-set.ts';
import type { StoredMessage } from '../append/append-under-way.ts';
import { demandRemove } from '../demand-rights.ts';
import { EXPUNGED } from '../message-view.ts';
import { type Outcome, ok } from '../outcome.ts';
import { placeOf } from '../place.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** The uid of the message that a REPLACE or UID REPLACE names. Throws `Refused`. */
export function replacedUid(
  session: ImapSession,
  { uid, message }: Extract<AppendTarget, { command: 'REPLACE' }>,
): number {
  const { view, readOnly } = session.selected!;
  if (readOnly) throw new Refused(REFUSALS.readOnly);
  const position = message === STAR ? view.count - 1 : uid ? view.indexOf(message) : message - 1;
  if (position < 0 || position >= view.count) throw new Refused(uid ? REFUSALS.noUid : REFUSALS.sequence);
  if (view.flags[position]! & EXPUNGED) throw new Refused(REFUSALS.expunged);
  return view.uids[position]!;
}

/** RFC 8508: the new message enters and the old one leaves in one step. The old one's EXPUNGE follows the APPENDUID. */
export async function replace(
  session: ImapSession,
  mailbox: string,
  messages: StoredMessage[],
  uid: number,
): Promise<Outcome> {
  const { mailboxId } = session.selected!;
  const { owner } = await placeOf(session, mailbox, { target: true });
  const replaces = { mailboxId, uid };
  const within = owner === session.owner;
  // Of two accounts each does its part, as in a MOVE from one to the other.
  if (!within) await demandRemove(session);
  const request = { requestId: randomUUID(), name: mailbox, messages, ...(within ? { replaces } : {}) };
  const { uidValidity, uids } = await session.ask('append', request, { target: true });
  if (!within) await session.ask('expunge', { mailboxId, uids: String(uid), always: true });
  session.gateway.metrics.appended.inc({}, uids.length);
  session.engine.out.line(`* OK [APPENDUID ${uidValidity} ${uids[0]}] Replacement message ready`);
  return ok('REPLACE completed');
}
