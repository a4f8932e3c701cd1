import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { readMailbox } from '../mailbox-name.ts';

/** GETMETADATA and SETMETADATA (RFC 5464 §4.2, §4.3). `mailbox` '': the server. Names of entries as written. */
export type MetadataCommand =
  | {
      readonly name: 'GETMETADATA';
      readonly mailbox: string;
      readonly entries: readonly string[];
      /** Bytes of a value. */
      readonly maxSize: number | null;
      readonly depth: 0 | 1 | 'infinity';
    }
  | {
      readonly name: 'SETMETADATA';
      readonly mailbox: string;
      /** Null: the entry goes. */
      readonly values: readonly { readonly entry: string; readonly value: Buffer | null }[];
    };

/** Entries of one command. */
const MAX_ENTRIES = 100;

/** [options SP] mailbox SP entries; options stand after the mailbox in an example of the RFC, and so from some clients. */
export function readGetMetadata(cursor: Cursor): CommandNamed<'GETMETADATA'> {
  const options = { maxSize: null as number | null, depth: 0 as 0 | 1 | 'infinity' };
  if (cursor.atList()) {
    cursor.list((list) => readOption(list, options));
    cursor.space();
  }
  const mailbox = readMailbox(cursor);
  cursor.space();
  if (cursor.atList() && /^\((?:MAXSIZE|DEPTH) /i.test(ahead(cursor))) {
    cursor.list((list) => readOption(list, options));
    cursor.space();
  }
  return { name: 'GETMETADATA', mailbox, entries: readEntries(cursor), ...options };
}

/** entry / "(" entry *(SP entry) ")" */
export function readEntries(cursor: Cursor): string[] {
  const entries = cursor.atList() ? cursor.list(readEntry) : [readEntry(cursor)];
  if (entries.length === 0 || entries.length > MAX_ENTRIES)
    throw new ImapSyntaxError('Invalid number of entries');
  return entries;
}

/** mailbox SP "(" entry SP value *(SP entry SP value) ")" */
export function readSetMetadata(cursor: Cursor): CommandNamed<'SETMETADATA'> {
  const mailbox = readMailbox(cursor);
  cursor.space();
  const values = cursor.list((list) => {
    const entry = readEntry(list);
    list.space();
    return { entry, value: list.nstring() };
  });
  if (values.length === 0 || values.length > MAX_ENTRIES)
    throw new ImapSyntaxError('Invalid number of entries');
  return { name: 'SETMETADATA', mailbox, values };
}

function readEntry(cursor: Cursor): string {
  return cursor.astring().toString('latin1');
}

function readOption(cursor: Cursor, options: { maxSize: number | null; depth: 0 | 1 | 'infinity' }): void {
  const option = cursor.keyword();
  cursor.space();
  if (option === 'MAXSIZE') options.maxSize = cursor.number();
  else if (option === 'DEPTH') options.depth = readDepth(cursor.keyword());
  else throw new ImapSyntaxError(`Unknown option: ${option}`);
}

function readDepth(text: string): 0 | 1 | 'infinity' {
  if (text === '0') return 0;
  if (text === '1') return 1;
  if (text === 'INFINITY') return 'infinity';
  throw new ImapSyntaxError('DEPTH is 0, 1 or infinity');
}

function ahead(cursor: Cursor): string {
  return cursor.bytes.toString('latin1', cursor.position, cursor.position + 16);
}
