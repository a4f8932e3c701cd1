import type { Command, CommandName, MailboxCommandName, PlainName } from './command.ts';
import { readMailboxAndIdentifier, readSetAcl } from './commands/acl.ts';
import { readAuthenticate } from './commands/authenticate.ts';
import { readCancelUpdate } from './commands/cancelupdate.ts';
import { readCreate } from './commands/create.ts';
import { readEnable } from './commands/enable.ts';
import { readEsearch } from './commands/esearch.ts';
import { readFetch } from './commands/fetch.ts';
import { readId } from './commands/id.ts';
import { readList, readReference } from './commands/list.ts';
import { readGetMetadata, readSetMetadata } from './commands/metadata.ts';
import { readNotify } from './commands/notify.ts';
import { readSearch } from './commands/search.ts';
import { readSelect } from './commands/select.ts';
import { readSetQuota } from './commands/setquota.ts';
import { readSort, readThread } from './commands/sort.ts';
import { readStatusItems } from './commands/status.ts';
import { readStore } from './commands/store.ts';
import { readUidBatches } from './commands/uidbatches.ts';
import { Cursor, ImapSyntaxError } from './cursor.ts';
import { readMailbox } from './mailbox-name.ts';

type ArgumentReader = (cursor: Cursor, uid: boolean) => Command;

const plain =
  (name: PlainName): ArgumentReader =>
  () => ({ name });

const mailbox =
  (name: MailboxCommandName): ArgumentReader =>
  (cursor) => ({ name, mailbox: readMailbox(afterSpace(cursor)) });

const copy =
  (name: 'COPY' | 'MOVE'): ArgumentReader =>
  (cursor, uid) => ({
    name,
    uid,
    set: afterSpace(cursor).sequenceSet(),
    mailbox: readMailbox(afterSpace(cursor)),
  });

/** Every command but APPEND and REPLACE, whose messages are read as they come. */
const READERS: Readonly<Record<CommandName, ArgumentReader>> = {
  CAPABILITY: plain('CAPABILITY'),
  NOOP: plain('NOOP'),
  LOGOUT: plain('LOGOUT'),
  STARTTLS: plain('STARTTLS'),
  CHECK: plain('CHECK'),
  CLOSE: plain('CLOSE'),
  UNSELECT: plain('UNSELECT'),
  UNAUTHENTICATE: plain('UNAUTHENTICATE'),
  UIDBATCHES: (cursor) => readUidBatches(afterSpace(cursor)),
  IDLE: plain('IDLE'),
  NOTIFY: (cursor) => readNotify(afterSpace(cursor)),
  CANCELUPDATE: (cursor) => readCancelUpdate(afterSpace(cursor)),
  GETJMAPACCESS: plain('GETJMAPACCESS'),
  NAMESPACE: plain('NAMESPACE'),
  ENABLE: (cursor) => readEnable(afterSpace(cursor)),
  ID: (cursor) => readId(afterSpace(cursor)),
  LOGIN: (cursor) => ({
    name: 'LOGIN',
    user: afterSpace(cursor).astringText(),
    password: afterSpace(cursor).astringText(),
  }),
  AUTHENTICATE: (cursor) => readAuthenticate(afterSpace(cursor)),
  COMPRESS: (cursor) => ({ name: 'COMPRESS', mechanism: afterSpace(cursor).keyword() }),
  SELECT: (cursor) => readSelect(afterSpace(cursor), 'SELECT'),
  EXAMINE: (cursor) => readSelect(afterSpace(cursor), 'EXAMINE'),
  CREATE: (cursor) => readCreate(afterSpace(cursor)),
  DELETE: mailbox('DELETE'),
  RENAME: (cursor) => ({
    name: 'RENAME',
    from: readMailbox(afterSpace(cursor)),
    to: readMailbox(afterSpace(cursor)),
  }),
  SUBSCRIBE: mailbox('SUBSCRIBE'),
  UNSUBSCRIBE: mailbox('UNSUBSCRIBE'),
  LIST: (cursor) => readList(afterSpace(cursor)),
  LSUB: (cursor) => ({
    name: 'LSUB',
    reference: readReference(afterSpace(cursor)),
    pattern: afterSpace(cursor).listMailbox(),
  }),
  STATUS: (cursor) => ({
    name: 'STATUS',
    mailbox: readMailbox(afterSpace(cursor)),
    items: readStatusItems(afterSpace(cursor)),
  }),
  GETQUOTA: (cursor) => ({ name: 'GETQUOTA', root: afterSpace(cursor).astringText() }),
  GETQUOTAROOT: mailbox('GETQUOTAROOT'),
  GETACL: mailbox('GETACL'),
  MYRIGHTS: mailbox('MYRIGHTS'),
  SETACL: (cursor) => readSetAcl(afterSpace(cursor)),
  DELETEACL: (cursor) => ({ name: 'DELETEACL', ...readMailboxAndIdentifier(afterSpace(cursor)) }),
  LISTRIGHTS: (cursor) => ({ name: 'LISTRIGHTS', ...readMailboxAndIdentifier(afterSpace(cursor)) }),
  GETMETADATA: (cursor) => readGetMetadata(afterSpace(cursor)),
  SETMETADATA: (cursor) => readSetMetadata(afterSpace(cursor)),
  SETQUOTA: (cursor) => readSetQuota(afterSpace(cursor)),
  EXPUNGE: (cursor, uid) => ({ name: 'EXPUNGE', uids: uid ? afterSpace(cursor).sequenceSet() : null }),
  SEARCH: (cursor, uid) => readSearch(afterSpace(cursor), uid),
  ESEARCH: (cursor) => readEsearch(afterSpace(cursor)),
  SORT: (cursor, uid) => readSort(afterSpace(cursor), uid),
  THREAD: (cursor, uid) => readThread(afterSpace(cursor), uid),
  FETCH: (cursor, uid) => readFetch(afterSpace(cursor), uid),
  STORE: (cursor, uid) => readStore(afterSpace(cursor), uid),
  COPY: copy('COPY'),
  MOVE: copy('MOVE'),
};

const UID_COMMANDS: ReadonlySet<string> = new Set([
  'COPY',
  'ESEARCH',
  'EXPUNGE',
  'FETCH',
  'MOVE',
  'SEARCH',
  'SORT',
  'THREAD',
  'STORE',
]);

export type ParsedCommand =
  | { readonly tag: string; readonly command: Command }
  /** `tag` null: not even that could be read. */
  | { readonly tag: string | null; readonly problem: string };

/** A whole command, literals in place, its last line ended. Never throws. */
export function parseCommand(bytes: Buffer, utf8 = false): ParsedCommand {
  let tag: string | null = null;
  try {
    const cursor = new Cursor(bytes, 0, utf8);
    tag = cursor.tag();
    cursor.space();
    let name = cursor.keyword();
    const uid = name === 'UID';
    if (uid) name = afterSpace(cursor).keyword();
    if (name === 'REPLACE' || (name === 'APPEND' && !uid)) throw new ImapSyntaxError('Expected a literal');
    const known = Object.hasOwn(READERS, name) && (!uid || UID_COMMANDS.has(name));
    if (!known) throw new ImapSyntaxError('Unknown command');
    const command = READERS[name as CommandName](cursor, uid);
    cursor.finish();
    return { tag, command };
  } catch (error) {
    if (!(error instanceof ImapSyntaxError)) throw error;
    return { tag, problem: error.message };
  }
}

/** The tag at the head of a command that is not read any further. */
export function tagOf(bytes: Buffer): string | null {
  const cursor = new Cursor(bytes);
  try {
    const tag = cursor.tag();
    return cursor.atEnd() || cursor.peek() === 0x20 ? tag : null;
  } catch {
    return null;
  }
}

function afterSpace(cursor: Cursor): Cursor {
  cursor.space();
  return cursor;
}
