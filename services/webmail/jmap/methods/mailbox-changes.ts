import { z } from 'zod';
import { objectChanges } from '../../../../shared/mailbox/object-changes.ts';
import { changesArguments, readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';
import { readState } from '../state.ts';
import { listMailboxes } from './mailbox-get.ts';

const schema = z.strictObject(changesArguments);

const COUNTS = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'];

/** RFC 8621 §2.2. */
export const mailboxChanges: Method = async (call, args) => {
  const { sinceState, maxChanges } = readArguments(schema, args);
  const since = readState(sinceState);
  const { database } = call.webmail.ports;
  const changes = await objectChanges(database, call.accountId, 'Mailbox', since);
  if (changes === undefined) throw new MethodError('cannotCalculateChanges');
  const { mailboxes } = await listMailboxes(call);
  const there = new Set(mailboxes.map(({ mailboxId }) => mailboxId));
  const created = changes.created.filter((id) => there.has(id));
  const isNew = new Set(created);
  const named = new Set(changes.updated.filter((id) => there.has(id)));
  // Each mailbox knows the MODSEQ of the last change of its messages.
  const counted = mailboxes
    .filter(({ mailboxId, modSeq }) => modSeq > since && !isNew.has(mailboxId))
    .map(({ mailboxId }) => mailboxId);
  const updated = [...new Set([...named, ...counted])];
  const destroyed = [...new Set([...changes.destroyed, ...changes.updated].filter((id) => !there.has(id)))];
  // An account has few mailboxes, and no MODSEQ says which half of them was told.
  if (maxChanges != null && created.length + updated.length + destroyed.length > maxChanges)
    throw new MethodError('cannotCalculateChanges', 'more has changed than maxChanges');
  return {
    accountId: call.accountId,
    oldState: sinceState,
    newState: String(changes.modSeq),
    hasMoreChanges: false,
    created,
    updated,
    destroyed,
    updatedProperties: named.size === 0 && updated.length > 0 ? COUNTS : null,
  };
};
