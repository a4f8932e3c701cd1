import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { type MailboxFilter, readMailboxFilter } from '../mailbox-filter.ts';
import { readSearch } from './search.ts';

const SELECTED: readonly MailboxFilter[] = [{ filter: 'selected' }];
const MAX_FILTERS = 100;

/** ["IN" SP "(" filter-mailboxes *(SP filter-mailboxes) ")" SP] and what follows in a SEARCH (RFC 7377 §4). */
export function readEsearch(cursor: Cursor): CommandNamed<'ESEARCH'> {
  const start = cursor.position;
  let mailboxes = SELECTED;
  if (cursor.optionalKeyword() === 'IN') {
    cursor.space();
    mailboxes = cursor.list(readSource);
    if (mailboxes.length === 0) throw new ImapSyntaxError('Expected mailboxes to search');
    if (mailboxes.length > MAX_FILTERS) throw new ImapSyntaxError('Too many mailboxes to search');
    cursor.space();
  } else cursor.position = start;
  const { return: returned, charset, key } = readSearch(cursor, true);
  return { name: 'ESEARCH', mailboxes, return: returned, charset, key };
}

function readSource(cursor: Cursor): MailboxFilter {
  const filter = readMailboxFilter(cursor);
  if (filter.filter === 'selected-delayed') throw new ImapSyntaxError('selected-delayed is for NOTIFY');
  return filter;
}
