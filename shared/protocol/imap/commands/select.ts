import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { readMailbox } from '../mailbox-name.ts';
import { readModSequence } from '../mod-sequence.ts';
import { type Ranges, resolveSequenceSet, STAR } from '../sequence-set.ts';

/** What a client remembers of the mailbox (RFC 7162 §3.2.5). */
export interface QresyncParameter {
  readonly uidValidity: number;
  readonly modSeq: number;
  /** The uids it knows; null: all. */
  readonly knownUids: Ranges | null;
  /** Pairs of sequence number and uid as it remembers them, ascending. */
  readonly matches: { readonly sequences: Ranges; readonly uids: Ranges } | null;
}

/** mailbox [SP "(" select-param *(SP select-param) ")"] */
export function readSelect(cursor: Cursor, name: 'SELECT' | 'EXAMINE'): CommandNamed<'SELECT' | 'EXAMINE'> {
  const mailbox = readMailbox(cursor);
  if (cursor.atEnd()) return { name, mailbox };
  cursor.space();
  if (cursor.atEnd()) return { name, mailbox };
  let condstore: true | undefined;
  let qresync: QresyncParameter | undefined;
  cursor.list((list) => {
    const parameter = list.keyword();
    if (parameter === 'CONDSTORE') condstore = true;
    else if (parameter === 'QRESYNC' && qresync === undefined) {
      list.space();
      qresync = readQresync(list);
    } else throw new ImapSyntaxError(`Unknown parameter: ${parameter}`);
  });
  return { name, mailbox, ...(condstore && { condstore }), ...(qresync && { qresync }) };
}

/** "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP "(" known-sequence-set SP known-uid-set ")"] ")" */
function readQresync(cursor: Cursor): QresyncParameter {
  cursor.expect('(');
  const uidValidity = cursor.nonZeroNumber();
  cursor.space();
  const modSeq = readModSequence(cursor);
  let knownUids: Ranges | null = null;
  let matches: QresyncParameter['matches'] = null;
  if (cursor.take(' ')) {
    if (!cursor.atList()) {
      knownUids = readKnown(cursor);
      if (cursor.take(' ')) matches = readMatches(cursor);
    } else matches = readMatches(cursor);
  }
  cursor.expect(')');
  return { uidValidity, modSeq, knownUids, matches };
}

function readMatches(cursor: Cursor): NonNullable<QresyncParameter['matches']> {
  cursor.expect('(');
  const sequences = readKnown(cursor);
  cursor.space();
  const uids = readKnown(cursor);
  cursor.expect(')');
  const count = (ranges: Ranges): number => ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0);
  if (count(sequences) !== count(uids)) throw new ImapSyntaxError('The two sets differ in length');
  return { sequences, uids };
}

/** A set without `*` and `$`. */
function readKnown(cursor: Cursor): Ranges {
  const set = cursor.sequenceSet();
  if (typeof set === 'string' || set.some(([low, high]) => low === STAR || high === STAR))
    throw new ImapSyntaxError('Expected a set of known numbers');
  return resolveSequenceSet(set, 0);
}
