import { z } from 'zod';
import { readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';
import { pageArguments, pageOf } from '../query/page.ts';
import { stateOf } from './app-password-get.ts';
import { quotas } from './quota-get.ts';

const condition = z.strictObject({
  name: z.string().optional(),
  scope: z.string().optional(),
  resourceType: z.string().optional(),
  type: z.string().optional(),
});
const schema = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z
    .array(z.looseObject({ property: z.string(), isAscending: z.boolean().nullish() }))
    .max(5)
    .nullish(),
  ...pageArguments,
});

/** RFC 9425 §4.3. */
export const quotaQuery: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const filter = condition.safeParse(given.filter ?? {});
  if (!filter.success) throw new MethodError('unsupportedFilter');
  if (given.sort?.some(({ property }) => property !== 'name' && property !== 'used'))
    throw new MethodError('unsupportedSort');
  const { name, scope, resourceType, type } = filter.data;
  const all = await quotas(call);
  const found = all.filter(
    (quota) =>
      (name === undefined || (quota.name as string).includes(name)) &&
      (scope === undefined || quota.scope === scope) &&
      (resourceType === undefined || quota.resourceType === resourceType) &&
      (type === undefined || (quota.types as string[]).includes(type)),
  );
  for (const { property, isAscending } of [...(given.sort ?? [])].reverse())
    found.sort(
      (a, b) =>
        ((a[property] as string) < (b[property] as string) ? -1 : 1) * (isAscending === false ? -1 : 1),
    );
  const ids = found.map((quota) => quota.id as string);
  return {
    accountId: call.accountId,
    queryState: stateOf(all),
    canCalculateChanges: false,
    ...pageOf(ids, given),
    ...(given.calculateTotal ? { total: ids.length } : {}),
  };
};
