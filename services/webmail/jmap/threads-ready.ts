import { isRefusal } from '../../../shared/mailbox/operations.ts';
import type { Call } from './method.ts';

/** Rounds of the index that one call waits for at most. */
const MAX_ROUNDS = 2_000;

/** Has all messages of the account put into threads, and their texts into the index, that are not yet: a thread, once told, is for ever. */
export async function threadsReady({ webmail, accountId }: Call): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const mailboxId = await webmail.emails.unthreaded(accountId);
    if (mailboxId === undefined) return;
    const reply = await webmail.ports.mailboxes.ask('index', { account: accountId, mailboxId });
    if (isRefusal(reply)) return;
  }
}
