import { z } from 'zod';
import { emailChanges, formatPlace } from '../../../../shared/mailbox/email-changes.ts';
import { changesArguments, readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';
import { readChangesState } from '../state.ts';
import { threadsReady } from '../threads-ready.ts';
import { MAX_CHANGES } from './email-changes.ts';

const schema = z.strictObject(changesArguments);

/** RFC 8621 §3.2: a thread changes when an email of it comes or goes. */
export const threadChanges: Method = async (call, args) => {
  const { sinceState, maxChanges } = readArguments(schema, args);
  const { emails, ports } = call.webmail;
  const max = Math.min(maxChanges ?? MAX_CHANGES, MAX_CHANGES);
  const changes = await emailChanges(ports.database, call.accountId, readChangesState(sinceState), max);
  if (changes === undefined) throw new MethodError('cannotCalculateChanges');
  await threadsReady(call);
  const fresh = new Set(changes.created);
  const touched = [...changes.created, ...changes.destroyed];
  const threadOf = await emails.threadsOf(call.accountId, touched);
  // Nobody knows any more which thread lost an email: its bytes are gone, a day after the last copy.
  if (changes.destroyed.some((emailId) => !threadOf.has(emailId)))
    throw new MethodError('cannotCalculateChanges');
  const threadIds = [...new Set(threadOf.values())];
  const members = await emails.threads(call.accountId, threadIds);
  const created: string[] = [];
  const updated: string[] = [];
  const destroyed: string[] = [];
  for (const threadId of threadIds) {
    const emailIds = members.get(threadId);
    if (emailIds === undefined) destroyed.push(threadId);
    else if (emailIds.every((emailId) => fresh.has(emailId))) created.push(threadId);
    else updated.push(threadId);
  }
  return {
    accountId: call.accountId,
    oldState: sinceState,
    newState: formatPlace(changes.to),
    hasMoreChanges: changes.more,
    created,
    updated,
    destroyed,
  };
};
