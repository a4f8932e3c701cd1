import { z } from 'zod';
import { readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';
import { pageArguments, pageOf } from '../query/page.ts';
import { scriptsOf } from '../sieve/scripts.ts';
import { stateOf } from './app-password-get.ts';

const condition = z.strictObject({ name: z.string().optional(), isActive: z.boolean().optional() });
const schema = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z
    .array(z.looseObject({ property: z.string(), isAscending: z.boolean().nullish() }))
    .max(5)
    .nullish(),
  ...pageArguments,
});

/** RFC 9661 §2.3. */
export const sieveScriptQuery: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const filter = condition.safeParse(given.filter ?? {});
  if (!filter.success) throw new MethodError('unsupportedFilter');
  const [sort] = given.sort ?? [];
  if (sort !== undefined && sort.property !== 'name' && sort.property !== 'isActive')
    throw new MethodError('unsupportedSort');
  const { name, isActive } = filter.data;
  const scripts = await scriptsOf(call.webmail, call.accountId);
  const found = scripts.filter(
    (script) =>
      (name === undefined || script.name.toLowerCase().includes(name.toLowerCase())) &&
      (isActive === undefined || script.isActive === isActive),
  );
  if (sort?.property === 'isActive') found.sort((a, b) => Number(a.isActive) - Number(b.isActive));
  if (sort?.isAscending === false) found.reverse();
  const ids = found.map(({ id }) => id);
  return {
    accountId: call.accountId,
    queryState: stateOf(scripts),
    canCalculateChanges: false,
    ...pageOf(ids, given),
    ...(given.calculateTotal ? { total: ids.length } : {}),
  };
};
