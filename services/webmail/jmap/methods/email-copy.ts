import { z } from 'zod';
import { readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';

const schema = z.looseObject({ accountId: z.string(), fromAccountId: z.string() });

/** RFC 8621 §4.7. It is between accounts, and a log-in has one. */
export const emailCopy: Method = async (call, args) => {
  const { fromAccountId } = readArguments(schema, args);
  if (fromAccountId === call.accountId)
    throw new MethodError('invalidArguments', 'fromAccountId is another account than accountId');
  throw new MethodError('fromAccountNotFound');
};
