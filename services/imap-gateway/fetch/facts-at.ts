import type { MailboxId, MessageFacts } from '../../../shared/mailbox/types.ts';
import type { Asking } from '../asking.ts';
import type { Gateway } from '../gateway.ts';
import type { MessageView } from '../message-view.ts';

/** Facts of the page's messages, by position. */
export async function readFacts(
  {
    gateway,
    asking,
    mailboxId,
    view,
  }: {
    readonly gateway: Gateway;
    readonly asking: Asking;
    readonly mailboxId: MailboxId;
    readonly view: MessageView;
  },
  positions: readonly number[],
): Promise<(position: number) => MessageFacts | undefined> {
  const uids = positions.map((position) => view.uids[position]!);
  const facts = await gateway.facts.get(asking, mailboxId, uids);
  return (position) => facts.get(view.uids[position]!);
}
