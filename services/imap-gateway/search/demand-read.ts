import { isRefusal } from '../../../shared/mailbox/operations.ts';
import { mailboxRefusal } from '../refusals.ts';
import type { SearchScope } from './run-search.ts';

/**
 * Before rows of the mailbox are read past its actor: in a mailbox of another account the actor says whether they may still be,
 * as rights are taken away at any time. Throws `Refused`.
 */
export async function demandRead({
  gateway,
  asking,
  mailboxId,
}: Pick<SearchScope, 'gateway' | 'asking' | 'mailboxId'>): Promise<void> {
  if (asking.as === undefined) return;
  const reply = await gateway.ports.mailboxes.ask('facts', { ...asking, mailboxId, uids: '1' });
  if (isRefusal(reply)) throw mailboxRefusal(reply);
}
