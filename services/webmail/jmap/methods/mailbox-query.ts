import { z } from 'zod';
import { readArguments } from '../arguments.ts';
import { MAX_FILTER_DEPTH } from '../limits.ts';
import { type JsonObject, type Method, MethodError } from '../method.ts';
import { pageArguments, pageOf } from '../query/page.ts';
import { mailboxObjects } from './mailbox-get.ts';

const schema = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z
    .array(z.looseObject({ property: z.string(), isAscending: z.boolean().nullish() }))
    .max(10)
    .nullish(),
  sortAsTree: z.boolean().nullish(),
  filterAsTree: z.boolean().nullish(),
  ...pageArguments,
});

const condition = z.strictObject({
  parentId: z.string().nullish(),
  name: z.string().optional(),
  role: z.string().nullish(),
  hasAnyRole: z.boolean().optional(),
  isSubscribed: z.boolean().optional(),
});

type Test = (mailbox: JsonObject) => boolean;
type Compare = (a: JsonObject, b: JsonObject) => number;

/** RFC 8621 §2.3. */
export const mailboxQuery: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const test = readFilter(given.filter, 0);
  const compare = readSort(given.sort ?? []);
  const { list, modSeq } = await mailboxObjects(call, new Set());
  const sorted = given.sortAsTree ? asTree(list, compare) : [...list].sort(compare);
  const byId = new Map(list.map((mailbox) => [mailbox.id, mailbox]));
  const matches = (mailbox: JsonObject): boolean => {
    if (!test(mailbox)) return false;
    const parent = byId.get(mailbox.parentId as string);
    return !given.filterAsTree || parent === undefined || matches(parent);
  };
  const ids = sorted.filter(matches).map((mailbox) => mailbox.id as string);
  return {
    accountId: call.accountId,
    queryState: String(modSeq),
    canCalculateChanges: false,
    ...pageOf(ids, given),
    ...(given.calculateTotal ? { total: ids.length } : {}),
  };
};

function readFilter(filter: unknown, depth: number): Test {
  if (filter == null) return () => true;
  if (typeof filter !== 'object' || depth > MAX_FILTER_DEPTH) throw new MethodError('unsupportedFilter');
  if ('operator' in filter) {
    const { operator, conditions } = filter as { operator: unknown; conditions?: unknown };
    if (!Array.isArray(conditions) || conditions.length > 100) throw new MethodError('invalidArguments');
    const tests = conditions.map((each) => readFilter(each, depth + 1));
    if (operator === 'AND') return (mailbox) => tests.every((one) => one(mailbox));
    if (operator === 'OR') return (mailbox) => tests.some((one) => one(mailbox));
    if (operator === 'NOT') return (mailbox) => !tests.some((one) => one(mailbox));
    throw new MethodError('invalidArguments', 'operator is AND, OR or NOT');
  }
  const unknown = Object.keys(filter).find((name) => !Object.hasOwn(condition.shape, name));
  if (unknown !== undefined) throw new MethodError('unsupportedFilter');
  const result = condition.safeParse(filter);
  if (!result.success) throw new MethodError('invalidArguments', 'a condition is wrong');
  const { parentId, name, role, hasAnyRole, isSubscribed } = result.data;
  const wanted = name?.toLowerCase();
  return (mailbox) =>
    (parentId === undefined || mailbox.parentId === parentId) &&
    (wanted === undefined || (mailbox.name as string).toLowerCase().includes(wanted)) &&
    (role === undefined || mailbox.role === role) &&
    (hasAnyRole === undefined || (mailbox.role !== null) === hasAnyRole) &&
    (isSubscribed === undefined || mailbox.isSubscribed === isSubscribed);
}

function readSort(sort: readonly { property: string; isAscending?: boolean | null }[]): Compare {
  for (const { property } of sort)
    if (!['name', 'sortOrder', 'parentId'].includes(property)) throw new MethodError('unsupportedSort');
  const keys = [...sort, { property: 'sortOrder' }, { property: 'name' }, { property: 'id' }];
  return (a, b) => {
    for (const { property, isAscending } of keys as { property: string; isAscending?: boolean }[]) {
      const [x, y] = [a[property], b[property]];
      const order =
        typeof x === 'number'
          ? x - (y as number)
          : String(x ?? '').localeCompare(String(y ?? ''), 'en', { sensitivity: 'base' });
      if (order !== 0) return isAscending === false ? -order : order;
    }
    return 0;
  };
}

/** Each behind its parent (RFC 8621 §2.3 sortAsTree). */
function asTree(list: readonly JsonObject[], compare: Compare): JsonObject[] {
  const children = Map.groupBy(list, (mailbox) => mailbox.parentId);
  const walk = (parent: unknown): JsonObject[] =>
    [...(children.get(parent) ?? [])].sort(compare).flatMap((mailbox) => [mailbox, ...walk(mailbox.id)]);
  return walk(null);
}
