import { z } from 'zod';
import { isRefusal } from '../../../../shared/mailbox/operations.ts';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import { type Call, type JsonObject, type Method, MethodError } from '../method.ts';
import { stateOf } from './app-password-get.ts';

const schema = z.strictObject(getArguments);
const PROPERTIES = [
  'id',
  'resourceType',
  'used',
  'hardLimit',
  'scope',
  'name',
  'types',
  'warnLimit',
  'softLimit',
  'description',
];

/** RFC 9425 §4.1: those of the account that there are. */
export const quotaGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const all = new Map((await quotas(call)).map((quota) => [quota.id as string, quota]));
  const ids = given == null ? [...all.keys()] : boundIds(given);
  const list = ids.flatMap((id) => {
    const quota = all.get(id);
    return quota === undefined ? [] : [quota];
  });
  return {
    accountId: call.accountId,
    state: stateOf([...all.values()]),
    list: pickProperties(list, properties, PROPERTIES),
    notFound: ids.filter((id) => !all.has(id)),
  };
};

export async function quotas({ webmail, accountId }: Call): Promise<JsonObject[]> {
  const reply = await webmail.ports.mailboxes.ask('quota', { account: accountId });
  if (isRefusal(reply)) throw new MethodError('serverFail', reply.text);
  const quota = (id: string, resourceType: string, used: number, hardLimit: number | null): JsonObject[] =>
    hardLimit === null
      ? []
      : [
          {
            id,
            resourceType,
            used,
            hardLimit,
            scope: 'account',
            name: resourceType === 'octets' ? 'bytes' : 'messages',
            types: ['Email'],
            warnLimit: Math.floor(hardLimit * 0.9),
            softLimit: null,
            description: null,
          },
        ];
  return [
    ...quota('bytes', 'octets', reply.bytesUsed, reply.bytesLimit),
    ...quota('messages', 'count', reply.messagesUsed, reply.messagesLimit),
  ];
}
