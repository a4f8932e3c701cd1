import type { MessageFacts } from '../../../shared/mailbox/types.ts';
import type { ImapSession } from '../session.ts';

/** Facts of the page's messages, by position. */
export async function readFacts(
  session: ImapSession,
  positions: readonly number[],
): Promise<(position: number) => MessageFacts | undefined> {
  const { view, mailboxId } = session.selected!;
  const uids = positions.map((position) => view.uids[position]!);
  const facts = await session.gateway.facts.get(session.accountId, mailboxId, uids);
  return (position) => facts.get(view.uids[position]!);
}
