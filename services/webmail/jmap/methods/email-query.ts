import { z } from 'zod';
import { isEmailId } from '../../../../shared/mailbox/email-id.ts';
import { readArguments } from '../arguments.ts';
import type { Method } from '../method.ts';
import { readEmailFilter } from '../query/email-filter.ts';
import { firstEmails } from '../query/email-results.ts';
import { readEmailSort } from '../query/email-sort.ts';
import { type PageArguments, pageArguments, pageOf } from '../query/page.ts';

const schema = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z.unknown().optional(),
  collapseThreads: z.boolean().nullish(),
  ...pageArguments,
});

/** RFC 8621 §4.4. */
export const emailQuery: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const query = {
    filter: readEmailFilter(given.filter),
    sort: readEmailSort(given.sort),
    collapseThreads: given.collapseThreads ?? false,
  };
  const { modSeq } = await call.webmail.emails.state(call.accountId);
  const wanted = firstWanted(given);
  const list =
    (wanted === undefined ? undefined : await firstEmails(call, query, wanted)) ??
    (await call.webmail.results.find(call, query, modSeq));
  const shown = {
    length: list.length,
    indexOf: (id: string) => (isEmailId(id) ? list.indexOf(id) : -1),
    slice: (start: number, end: number) => list.slice(start, end) as string[],
  };
  return {
    accountId: call.accountId,
    queryState: String(modSeq),
    canCalculateChanges: true,
    ...pageOf(shown, given),
    ...(given.calculateTotal ? { total: list.length } : {}),
  };
};

/** A first page of so many is asked for, and it is enough to find those. */
const MAX_FIRST = 500;

/** How many of the first are enough to answer; undefined: the whole list is wanted. */
function firstWanted(
  given: PageArguments & { readonly calculateTotal?: boolean | null },
): number | undefined {
  const { position, anchor, limit, calculateTotal } = given;
  if (calculateTotal || anchor != null || limit == null || (position ?? 0) < 0) return undefined;
  const count = (position ?? 0) + limit;
  return count <= MAX_FIRST ? count : undefined;
}
