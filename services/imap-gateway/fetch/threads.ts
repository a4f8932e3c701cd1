import { isRefusal } from '../../../shared/mailbox/operations.ts';
import { mailboxRefusal } from '../refusals.ts';
import { selectedScope } from '../search/run-search.ts';
import type { ImapSession } from '../session.ts';
import type { LoadedMessage } from './message-batch.ts';

/** Has the messages put into threads that are in none yet, as far as they can be: a thread, once told, is for ever. @param positions ascending. */
export async function demandThreads(session: ImapSession, positions: readonly number[]): Promise<void> {
  if (positions.length === 0) return;
  const { gateway, account, asking, mailboxId, view } = selectedScope(session);
  const first = view.uids[positions[0]!]!;
  const last = view.uids[positions.at(-1)!]!;
  while (await gateway.rows.lackThreads(account, mailboxId, first, last)) {
    const reply = await gateway.ports.mailboxes.ask('index', { ...asking, mailboxId });
    if (isRefusal(reply)) throw mailboxRefusal(reply);
    if (!reply.more) return;
  }
}

export async function fillThreads(session: ImapSession, batch: readonly LoadedMessage[]): Promise<void> {
  const { gateway, account, mailboxId, view } = selectedScope(session);
  const uids = batch.map(({ position }) => view.uids[position]!);
  const threads = await gateway.rows.threads(account, mailboxId, uids);
  for (const [at, message] of batch.entries()) message.threadId = threads.get(uids[at]!);
}
