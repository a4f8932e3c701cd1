import { randomUUID } from 'node:crypto';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import type { StoredMessage } from '../append/append-under-way.ts';
import { demandCountWithinLimit } from '../message-limit.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** APPEND (RFC 3501 §6.3.11), its messages in storage already: all of them enter the mailbox, or none. */
export async function append(
  session: ImapSession,
  mailbox: string,
  messages: StoredMessage[],
): Promise<Outcome> {
  demandCountWithinLimit(session, messages.length);
  const request = { requestId: randomUUID(), name: mailbox, messages };
  const { uidValidity, uids } = await session.ask('append', request, { target: true });
  session.gateway.metrics.appended.inc({}, uids.length);
  return ok('APPEND completed', `APPENDUID ${uidValidity} ${formatSequenceSet(uids)}`);
}
