import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { type FetchItem, readFetchItems } from '../fetch-item.ts';
import { readModSequence } from '../mod-sequence.ts';
import { type PartialRange, readPartialRange } from '../return-options.ts';

/** RFC 4466 §2.4: which of the messages are told. */
export interface FetchModifiers {
  /** RFC 7162 §3.1.4 */
  readonly changedSince?: number;
  /** RFC 7162 §3.2.6: also which of the uids are gone since then. */
  readonly vanished?: true;
  /** RFC 9394 §3.2 */
  readonly partial?: PartialRange;
}

const MODSEQ: FetchItem = { item: 'MODSEQ' };

/** sequence-set SP items [SP "(" modifier *(SP modifier) ")"]; CHANGEDSINCE asks for MODSEQ too. */
export function readFetch(cursor: Cursor, uid: boolean): CommandNamed<'FETCH'> {
  const set = cursor.sequenceSet();
  cursor.space();
  const items = readFetchItems(cursor);
  if (!cursor.take(' ') || cursor.atEnd()) return { name: 'FETCH', uid, set, items };
  const modifiers = readModifiers(cursor, uid);
  const implied = modifiers.changedSince !== undefined && !items.some(({ item }) => item === 'MODSEQ');
  return { name: 'FETCH', uid, set, items: implied ? [...items, MODSEQ] : items, modifiers };
}

function readModifiers(cursor: Cursor, uid: boolean): FetchModifiers {
  let modifiers: FetchModifiers = {};
  cursor.list((list) => {
    const name = list.keyword();
    if (name === 'VANISHED') modifiers = { ...modifiers, vanished: true };
    else if (name === 'CHANGEDSINCE') {
      list.space();
      modifiers = { ...modifiers, changedSince: readModSequence(list) };
    } else if (name === 'PARTIAL' && uid) {
      list.space();
      modifiers = { ...modifiers, partial: readPartialRange(list) };
    } else throw new ImapSyntaxError(`Unknown modifier of FETCH: ${name}`);
  });
  if (modifiers.vanished && (!uid || modifiers.changedSince === undefined))
    throw new ImapSyntaxError('VANISHED stands with UID FETCH and CHANGEDSINCE alone');
  return modifiers;
}
