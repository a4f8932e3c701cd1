import type { StatusItem } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';

/** "(" status-att *(SP status-att) ")" */
export function readStatusItems(cursor: Cursor): StatusItem[] {
  const items = cursor.list(readItem);
  if (items.length === 0) throw new ImapSyntaxError('Expected status items');
  return [...new Set(items)];
}

function readItem(cursor: Cursor): StatusItem {
  const item = cursor.keyword();
  switch (item) {
    case 'MESSAGES':
    case 'RECENT':
    case 'UIDNEXT':
    case 'UIDVALIDITY':
    case 'UNSEEN':
    case 'SIZE':
    case 'DELETED':
    case 'DELETED-STORAGE':
    case 'APPENDLIMIT':
    case 'MAILBOXID':
    case 'HIGHESTMODSEQ':
      return item;
    default:
      throw new ImapSyntaxError(`Unknown status item: ${item}`);
  }
}
