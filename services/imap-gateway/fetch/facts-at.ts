import type { AccountId, MailboxId, MessageFacts } from '../../../shared/mailbox/types.ts';
import type { Gateway } from '../gateway.ts';
import type { MessageView } from '../message-view.ts';

/** Facts of the page's messages, by position. */
export async function readFacts(
  {
    gateway,
    account,
    mailboxId,
    view,
  }: {
    readonly gateway: Gateway;
    readonly account: AccountId;
    readonly mailboxId: MailboxId;
    readonly view: MessageView;
  },
  positions: readonly number[],
): Promise<(position: number) => MessageFacts | undefined> {
  const uids = positions.map((position) => view.uids[position]!);
  const facts = await gateway.facts.get(account, mailboxId, uids);
  return (position) => facts.get(view.uids[position]!);
}
