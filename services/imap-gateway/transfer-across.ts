import { randomUUID } from 'node:crypto';
import type { MailboxRequest } from '../../shared/mailbox/operations.ts';
import type { MessageFacts } from '../../shared/mailbox/types.ts';
import { formatSequenceSet } from '../../shared/protocol/imap/sequence-set.ts';
import { demandRemove } from './demand-rights.ts';
import { ACROSS_PAGE } from './limits.ts';
import { SYSTEM } from './message-view.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { ImapSession } from './session.ts';
import type { Transferred } from './transfer.ts';

type NewMessage = MailboxRequest<'append'>['messages'][number];

/**
 * COPY and MOVE from a mailbox of one account to one of another: two actors, so two commits. The messages are put into
 * the target first, under a request id; only when that is committed do they leave the source. What comes between leaves
 * them in both mailboxes, never in none: a MOVE across accounts is at least once.
 *
 * One page of messages after the other; `uids` ascending. The bytes stay where they are.
 */
export async function* transferAcross(
  session: ImapSession,
  uids: readonly number[],
  to: string,
  options: { readonly move: boolean; readonly whole: boolean },
): AsyncGenerator<Transferred> {
  // Before anything is done: it would be a copy otherwise.
  if (options.move) await demandRemove(session);
  for (let at = 0; at < uids.length; at += ACROSS_PAGE) {
    const page = uids.slice(at, at + ACROSS_PAGE);
    const { selected, gateway } = session;
    const facts = await gateway.facts.get(session.asking(), selected!.mailboxId, page);
    const present = page.filter((uid) => facts.has(uid));
    if (options.whole && present.length < page.length) throw new Refused(REFUSALS.expunged);
    if (present.length === 0) continue;
    const messages = present.map((uid) => messageOf(session, facts.get(uid)!));
    const request = { requestId: randomUUID(), name: to, messages };
    const reply = await session.ask('append', request, { target: true });
    if (options.move) {
      const uids = formatSequenceSet(present);
      await session.ask('expunge', { mailboxId: selected!.mailboxId, uids, always: true });
    }
    yield { ...reply, targetUids: [...reply.uids], sourceUids: present };
  }
}

/** With the flags that the client knows of. */
function messageOf(session: ImapSession, { uid, emailId, size, internalDate }: MessageFacts): NewMessage {
  const { view } = session.selected!;
  const system = view.flags[view.indexOf(uid)]! & SYSTEM;
  return { emailId, size, internalDate, flags: { system, keywords: view.keywords.get(uid) ?? [] } };
}
