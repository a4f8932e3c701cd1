import { z } from 'zod';
import { isRefusal } from '../../../../shared/mailbox/operations.ts';
import { readArguments } from '../arguments.ts';
import { type Method, MethodError, SetError } from '../method.ts';
import { scriptText } from '../sieve/script-text.ts';

const schema = z.strictObject({ accountId: z.string(), blobId: z.string().max(255) });

/** RFC 9661 §2.4. */
export const sieveScriptValidate: Method = async (call, args) => {
  const { blobId } = readArguments(schema, args);
  let error: SetError | null = null;
  try {
    const content = await scriptText(call, blobId);
    const reply = await call.webmail.ports.mailboxes.ask('checkScript', { account: call.accountId, content });
    if (isRefusal(reply)) error = new SetError('invalidSieve', reply.text);
  } catch (thrown) {
    if (!(thrown instanceof SetError)) throw thrown;
    if (thrown.type === 'blobNotFound') throw new MethodError('invalidArguments', 'there is no such blob');
    error = thrown;
  }
  return { accountId: call.accountId, error };
};
