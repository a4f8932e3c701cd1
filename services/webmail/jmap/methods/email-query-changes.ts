import { z } from 'zod';
import { emailChanges } from '../../../../shared/mailbox/email-changes.ts';
import type { EmailId } from '../../../../shared/mailbox/types.ts';
import { readArguments } from '../arguments.ts';
import { type Call, type Method, MethodError } from '../method.ts';
import { readEmailFilter } from '../query/email-filter.ts';
import { usesThreads } from '../query/email-results.ts';
import { readEmailSort } from '../query/email-sort.ts';
import { readState } from '../state.ts';
import { threadsReady } from '../threads-ready.ts';

const schema = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z.unknown().optional(),
  collapseThreads: z.boolean().nullish(),
  sinceQueryState: z.string().max(200),
  maxChanges: z.int().min(1).nullish(),
  upToId: z.string().max(255).nullish(),
  calculateTotal: z.boolean().nullish(),
});

/** Emails that may have changed between two states; with more, a client is better off asking anew. */
const MAX_CHANGED = 5_000;

/**
 * RFC 8621 §4.5. Needs no list of what there was: every email that has changed is taken out, and those that still match are
 * put in where they are now (RFC 8620 §5.6 allows to name more as removed than were there).
 */
export const emailQueryChanges: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const query = {
    filter: readEmailFilter(given.filter),
    sort: readEmailSort(given.sort),
    collapseThreads: given.collapseThreads ?? false,
  };
  const { emails, results, ports } = call.webmail;
  const since = readState(given.sinceQueryState);
  const changes = await emailChanges(ports.database, call.accountId, { modSeq: since }, MAX_CHANGED);
  if (changes === undefined) throw new MethodError('cannotCalculateChanges');
  if (changes.more) throw new MethodError('tooManyChanges');
  const { modSeq } = await emails.state(call.accountId);
  const list = await results.find(call, query, modSeq);
  const changed = new Set([...changes.created, ...changes.updated, ...changes.destroyed]);
  if (usesThreads(query)) for (const emailId of await threadMates(call, [...changed])) changed.add(emailId);
  const added = [...changed]
    .map((id) => ({ id, index: list.indexOf(id) }))
    .filter(({ index }) => index >= 0)
    .sort((a, b) => a.index - b.index);
  // What lies beyond the last email that the client has is not to be told.
  const last = given.upToId == null ? -1 : list.indexOf(given.upToId as EmailId);
  const told = last < 0 ? added : added.filter(({ index }) => index <= last);
  if (given.maxChanges != null && changed.size + told.length > given.maxChanges)
    throw new MethodError('tooManyChanges');
  return {
    accountId: call.accountId,
    oldQueryState: given.sinceQueryState,
    newQueryState: String(modSeq),
    ...(given.calculateTotal ? { total: list.length } : {}),
    removed: [...changed],
    added: told,
  };
};

/** Emails of the same threads: one may stand for its thread in the place of another now. */
async function threadMates(call: Call, emailIds: readonly EmailId[]): Promise<EmailId[]> {
  const { emails } = call.webmail;
  await threadsReady(call);
  const threads = await emails.threadsOf(call.accountId, emailIds);
  if (emailIds.some((emailId) => !threads.has(emailId))) throw new MethodError('cannotCalculateChanges');
  return [...(await emails.threads(call.accountId, [...new Set(threads.values())])).values()].flat();
}
