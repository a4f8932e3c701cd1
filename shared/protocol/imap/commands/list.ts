import type { StatusItem } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { readEntries } from './metadata.ts';
import { readStatusItems } from './status.ts';

/** LIST (RFC 3501 §6.3.8) with the selection and return options of RFC 5258, 5819, 6154, 8440 and 9590. */
export interface ListCommand {
  readonly name: 'LIST';
  /** This and the patterns are modified UTF-7: a wildcard may stand for part of an encoded character. */
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly select: readonly ('SUBSCRIBED' | 'REMOTE' | 'RECURSIVEMATCH' | 'SPECIAL-USE')[];
  readonly return: readonly ('SUBSCRIBED' | 'CHILDREN' | 'SPECIAL-USE' | 'MYRIGHTS')[];
  readonly status: readonly StatusItem[];
  /** Names of annotations, as written (RFC 9590). */
  readonly metadata: readonly string[];
  /** Written in the extended form: `("" …)` is no question for the delimiter then. */
  readonly extended: boolean;
}

const MAX_PATTERNS = 100;

export function readList(cursor: Cursor): ListCommand {
  const select = cursor.atList() ? cursor.list(readSelection) : null;
  if (select !== null) cursor.space();
  if (
    select?.includes('RECURSIVEMATCH') &&
    !select.some((option) => option === 'SUBSCRIBED' || option === 'SPECIAL-USE')
  )
    throw new ImapSyntaxError('RECURSIVEMATCH needs another selection option');
  const reference = readReference(cursor);
  cursor.space();
  const several = cursor.atList();
  const patterns = several ? cursor.list((list) => list.listMailbox()) : [cursor.listMailbox()];
  if (patterns.length === 0 || patterns.length > MAX_PATTERNS)
    throw new ImapSyntaxError('Invalid number of patterns');
  const options = {
    return: [] as ListCommand['return'][number][],
    status: [] as StatusItem[],
    metadata: [] as string[],
  };
  let returns = false;
  if (!cursor.atEnd()) {
    cursor.space();
    if (!cursor.atEnd()) {
      if (cursor.keyword() !== 'RETURN') throw new ImapSyntaxError('Expected RETURN');
      returns = true;
      cursor.space();
      cursor.list((list) => readReturn(list, options));
    }
  }
  const extended = select !== null || several || returns;
  return { name: 'LIST', reference, patterns, select: select ?? [], ...options, extended };
}

/** LSUB and LIST: the beginning of a name, as it stands on the wire. */
export function readReference(cursor: Cursor): string {
  return cursor.astring().toString('latin1');
}

function readSelection(cursor: Cursor): ListCommand['select'][number] {
  const option = cursor.keyword();
  switch (option) {
    case 'SUBSCRIBED':
    case 'REMOTE':
    case 'RECURSIVEMATCH':
    case 'SPECIAL-USE':
      return option;
    default:
      throw new ImapSyntaxError(`Unknown selection option: ${option}`);
  }
}

function readReturn(
  cursor: Cursor,
  options: { return: ListCommand['return'][number][]; status: StatusItem[]; metadata: string[] },
): void {
  const option = cursor.keyword();
  switch (option) {
    case 'SUBSCRIBED':
    case 'CHILDREN':
    case 'MYRIGHTS':
    case 'SPECIAL-USE':
      options.return.push(option);
      return;
    case 'METADATA':
      cursor.space();
      options.metadata = readEntries(cursor);
      return;
    case 'STATUS':
      cursor.space();
      options.status = readStatusItems(cursor);
      return;
    default:
      throw new ImapSyntaxError(`Unknown return option: ${option}`);
  }
}
