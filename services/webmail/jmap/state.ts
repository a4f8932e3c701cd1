import { type JournalPlace, readPlace } from '../../../shared/mailbox/email-changes.ts';
import type { ModSeq } from '../../../shared/mailbox/types.ts';
import { MethodError } from './method.ts';

/**
 * States are the account's MODSEQ, whatever the type: one order of all changes, kept in the database, that IMAP
 * knows as well. Throws `MethodError`: cannotCalculateChanges, for one that is none.
 */
export function readState(state: string): ModSeq {
  const place = readPlace(state);
  if (place === undefined) throw new MethodError('cannotCalculateChanges', 'there never was such a state');
  return place.modSeq;
}

/** The same for a /changes that goes on where it has left off. */
export function readChangesState(state: string): JournalPlace {
  const place = readPlace(state);
  if (place === undefined) throw new MethodError('cannotCalculateChanges', 'there never was such a state');
  return place;
}
