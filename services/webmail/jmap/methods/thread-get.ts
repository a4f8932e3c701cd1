import { z } from 'zod';
import { isEmailId } from '../../../../shared/mailbox/email-id.ts';
import type { ThreadId } from '../../../../shared/mailbox/types.ts';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';
import { threadsReady } from '../threads-ready.ts';

const schema = z.strictObject(getArguments);

/** RFC 8621 §3.1. */
export const threadGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  if (given == null) throw new MethodError('requestTooLarge', 'name the ids of the threads');
  const ids = boundIds(given);
  const { emails } = call.webmail;
  const { modSeq } = await emails.state(call.accountId);
  await threadsReady(call);
  const threads = await emails.threads(call.accountId, ids.filter((id) => isEmailId(id)) as ThreadId[]);
  const list = ids.flatMap((id) => {
    const emailIds = threads.get(id as ThreadId);
    return emailIds === undefined ? [] : [{ id, emailIds }];
  });
  return {
    accountId: call.accountId,
    state: String(modSeq),
    list: pickProperties(list, properties, ['id', 'emailIds']),
    notFound: ids.filter((id) => !threads.has(id as ThreadId)),
  };
};
