import type { AccountObjectType } from '../../../shared/mailbox/operations.ts';
import { isRefusal } from '../../../shared/mailbox/operations.ts';
import { modSeqOfState } from './email/apply-emails.ts';
import { type Call, MethodError } from './method.ts';

/** Keeps objects; null: it goes. Throws `MethodError`: stateMismatch. Without any, tells the state. */
export async function putObjects(
  call: Call,
  type: AccountObjectType,
  objects: ReadonlyMap<string, object | null>,
  ifInState: string | null | undefined,
): Promise<{ oldState: string; newState: string }> {
  const ifModSeq = modSeqOfState(ifInState);
  if (objects.size === 0) {
    const { modSeq } = await call.webmail.emails.state(call.accountId);
    if (ifModSeq !== undefined && ifModSeq !== modSeq) throw new MethodError('stateMismatch');
    return { oldState: String(modSeq), newState: String(modSeq) };
  }
  const reply = await call.webmail.ports.mailboxes.ask('putObjects', {
    account: call.accountId,
    type,
    ifModSeq,
    objects: [...objects].map(([id, value]) => ({
      id,
      value: value === null ? null : JSON.stringify(value),
    })),
  });
  if (!isRefusal(reply)) return { oldState: String(reply.oldModSeq), newState: String(reply.modSeq) };
  if (reply.refused === 'state-mismatch') throw new MethodError('stateMismatch');
  throw new MethodError('requestTooLarge', reply.text);
}
