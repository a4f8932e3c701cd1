import { z } from 'zod';
import { objectChanges } from '../../../../shared/mailbox/object-changes.ts';
import { changesArguments, readArguments } from '../arguments.ts';
import { type Method, MethodError } from '../method.ts';
import { readState } from '../state.ts';

const schema = z.strictObject(changesArguments);

/** /changes of what an account has little of: identities, submissions, scripts (RFC 8620 §5.2). */
export function objectChangesMethod(type: string): Method {
  return async (call, args) => {
    const { sinceState, maxChanges } = readArguments(schema, args);
    const { database } = call.webmail.ports;
    const changes = await objectChanges(database, call.accountId, type, readState(sinceState));
    if (changes === undefined) throw new MethodError('cannotCalculateChanges');
    const { created, updated, destroyed, modSeq } = changes;
    if (maxChanges != null && created.length + updated.length + destroyed.length > maxChanges)
      throw new MethodError('cannotCalculateChanges', 'more has changed than maxChanges');
    return {
      accountId: call.accountId,
      oldState: sinceState,
      newState: String(modSeq),
      hasMoreChanges: false,
      created,
      updated,
      destroyed,
    };
  };
}
