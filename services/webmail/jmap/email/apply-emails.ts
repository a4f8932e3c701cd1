import { randomBytes } from 'node:crypto';
import {
  isRefusal,
  type MailboxRefusal,
  type MailboxReply,
  type MailboxRequest,
} from '../../../../shared/mailbox/operations.ts';
import { type Call, MethodError, SetError } from '../method.ts';

/** Has the account's actor do it. Throws `MethodError`: stateMismatch. */
export async function applyEmails(
  { webmail, accountId }: Call,
  request: Pick<MailboxRequest<'setEmails'>, 'create' | 'update' | 'destroy' | 'ifModSeq'>,
): Promise<MailboxReply<'setEmails'>> {
  const requestId = `jmap-${randomBytes(16).toString('hex')}`;
  const reply = await webmail.ports.mailboxes.ask('setEmails', { ...request, account: accountId, requestId });
  if (!isRefusal(reply)) return reply;
  if (reply.refused === 'state-mismatch') throw new MethodError('stateMismatch');
  throw new MethodError('serverFail', reply.text);
}

/** What the actor refuses of one object, as a SetError (RFC 8621 §4.6). */
export function emailSetError({ refused, text }: MailboxRefusal): SetError {
  switch (refused) {
    case 'not-found':
      return new SetError('notFound');
    case 'no-mailbox':
      return new SetError('invalidProperties', text, { properties: ['mailboxIds'] });
    case 'over-quota':
      return new SetError('overQuota', text);
    case 'limit':
      return new SetError(text.includes('keywords') ? 'tooManyKeywords' : 'tooManyMailboxes', text);
    default:
      return new SetError('forbidden', text);
  }
}

/** Throws `MethodError`: stateMismatch, for a state that the account is not in. */
export function modSeqOfState(ifInState: string | null | undefined): number | undefined {
  if (ifInState == null) return undefined;
  if (!/^\d{1,15}$/.test(ifInState)) throw new MethodError('stateMismatch');
  return Number(ifInState);
}
