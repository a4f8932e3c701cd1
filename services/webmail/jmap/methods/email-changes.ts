import { z } from 'zod';
import { emailChanges, formatPlace } from '../../../../shared/mailbox/email-changes.ts';
import { changesArguments, readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';
import { readChangesState } from '../state.ts';

const schema = z.strictObject(changesArguments);
/** Changes of one answer, when the client does not say. */
export const MAX_CHANGES = 10_000;

/** RFC 8621 §4.3. */
export const emailChangesMethod: Method = async (call, args) => {
  const { sinceState, maxChanges } = readArguments(schema, args);
  const { database } = call.webmail.ports;
  const max = Math.min(maxChanges ?? MAX_CHANGES, MAX_CHANGES);
  const changes = await emailChanges(database, call.accountId, readChangesState(sinceState), max);
  if (changes === undefined) throw new MethodError('cannotCalculateChanges');
  const { created, updated, destroyed, to, more } = changes;
  return {
    accountId: call.accountId,
    oldState: sinceState,
    newState: formatPlace(to),
    hasMoreChanges: more,
    created,
    updated,
    destroyed,
  };
};
