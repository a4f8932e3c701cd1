import { z } from 'zod';
import { readArguments } from '../arguments.ts';
import { readDate } from '../dates.ts';
import { MAX_FILTER_DEPTH } from '../limits.ts';
import { type Method, MethodError } from '../method.ts';
import { pageArguments, pageOf } from '../query/page.ts';
import { type Submission, submissionsOf, undoStatus } from '../submission/submissions.ts';

const schema = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z
    .array(z.looseObject({ property: z.string(), isAscending: z.boolean().nullish() }))
    .max(10)
    .nullish(),
  ...pageArguments,
});

const ids = z.array(z.string().max(255)).max(1_000).optional();
const date = z.string().optional();
const condition = z.strictObject({
  identityIds: ids,
  emailIds: ids,
  threadIds: ids,
  undoStatus: z.enum(['pending', 'final', 'canceled']).optional(),
  before: date,
  after: date,
});

type Test = (submission: Submission) => boolean;

/** RFC 8621 §7.3. */
export const emailSubmissionQuery: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const { webmail, accountId } = call;
  const now = webmail.ports.database.now();
  const test = readFilter(given.filter, now, 0);
  const sort = given.sort ?? [];
  for (const { property } of sort)
    if (!['emailId', 'threadId', 'sentAt', 'sendAt'].includes(property))
      throw new MethodError('unsupportedSort');
  const { modSeq } = await webmail.emails.state(accountId);
  const found = [...(await submissionsOf(webmail, accountId))].filter(([, one]) => test(one));
  const keys = [...sort, { property: 'sentAt', isAscending: false }];
  const value = (one: Submission, property: string): string | number =>
    property === 'emailId' ? one.emailId : property === 'threadId' ? one.threadId : one.sendAt;
  found.sort(([idA, a], [idB, b]) => {
    for (const { property, isAscending } of keys) {
      const [x, y] = [value(a, property), value(b, property)];
      if (x !== y) return x < y === (isAscending !== false) ? -1 : 1;
    }
    return idA < idB ? -1 : 1;
  });
  const list = found.map(([id]) => id);
  return {
    accountId,
    queryState: String(modSeq),
    canCalculateChanges: false,
    ...pageOf(list, given),
    ...(given.calculateTotal ? { total: list.length } : {}),
  };
};

function readFilter(filter: unknown, now: number, depth: number): Test {
  if (filter == null) return () => true;
  if (typeof filter !== 'object' || depth > MAX_FILTER_DEPTH) throw new MethodError('unsupportedFilter');
  if ('operator' in filter) {
    const { operator, conditions } = filter as { operator: unknown; conditions?: unknown };
    if (!Array.isArray(conditions) || conditions.length > 100) throw new MethodError('invalidArguments');
    const tests = conditions.map((each) => readFilter(each, now, depth + 1));
    if (operator === 'AND') return (one) => tests.every((test) => test(one));
    if (operator === 'OR') return (one) => tests.some((test) => test(one));
    if (operator === 'NOT') return (one) => !tests.some((test) => test(one));
    throw new MethodError('invalidArguments', 'operator is AND, OR or NOT');
  }
  const result = condition.safeParse(filter);
  if (!result.success) throw new MethodError('unsupportedFilter');
  const { identityIds, emailIds, threadIds, before, after, undoStatus: wanted } = result.data;
  const [from, to] = [after, before].map((text) => {
    const read = text === undefined ? undefined : readDate(text);
    if (text !== undefined && read === undefined)
      throw new MethodError('invalidArguments', 'a date is wrong');
    return read?.unixMs;
  });
  return (one) =>
    (identityIds === undefined || identityIds.includes(one.identityId)) &&
    (emailIds === undefined || emailIds.includes(one.emailId)) &&
    (threadIds === undefined || threadIds.includes(one.threadId)) &&
    (wanted === undefined || undoStatus(one, now) === wanted) &&
    (from === undefined || one.sendAt >= from) &&
    (to === undefined || one.sendAt < to);
}
