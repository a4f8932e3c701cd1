import type { AppendName, CommandName } from './command.ts';

/** RFC 3501 §3; `closed` is final: a goodbye was said. */
export type ImapState = 'not-authenticated' | 'authenticated' | 'selected' | 'closed';

const ANY: readonly ImapState[] = ['not-authenticated', 'authenticated', 'selected'];
const BEFORE: readonly ImapState[] = ['not-authenticated'];
const AFTER: readonly ImapState[] = ['authenticated', 'selected'];
const SELECTED: readonly ImapState[] = ['selected'];

/** In which states a command may be given (RFC 3501 §6). */
export const COMMAND_STATES: Readonly<Record<CommandName | AppendName, readonly ImapState[]>> = {
  CAPABILITY: ANY,
  NOOP: ANY,
  LOGOUT: ANY,
  ID: ANY,
  STARTTLS: BEFORE,
  AUTHENTICATE: BEFORE,
  LOGIN: BEFORE,
  APPEND: AFTER,
  ENABLE: AFTER,
  SELECT: AFTER,
  EXAMINE: AFTER,
  CREATE: AFTER,
  DELETE: AFTER,
  RENAME: AFTER,
  SUBSCRIBE: AFTER,
  UNSUBSCRIBE: AFTER,
  COMPRESS: AFTER,
  LIST: AFTER,
  LSUB: AFTER,
  STATUS: AFTER,
  NAMESPACE: AFTER,
  GETJMAPACCESS: AFTER,
  GETQUOTA: AFTER,
  GETQUOTAROOT: AFTER,
  SETQUOTA: AFTER,
  GETMETADATA: AFTER,
  SETMETADATA: AFTER,
  GETACL: AFTER,
  SETACL: AFTER,
  DELETEACL: AFTER,
  LISTRIGHTS: AFTER,
  MYRIGHTS: AFTER,
  IDLE: AFTER,
  NOTIFY: AFTER,
  ESEARCH: AFTER,
  CANCELUPDATE: SELECTED,
  CHECK: SELECTED,
  CLOSE: SELECTED,
  UNSELECT: SELECTED,
  UIDBATCHES: SELECTED,
  UNAUTHENTICATE: AFTER,
  EXPUNGE: SELECTED,
  SEARCH: SELECTED,
  SORT: SELECTED,
  THREAD: SELECTED,
  FETCH: SELECTED,
  STORE: SELECTED,
  COPY: SELECTED,
  MOVE: SELECTED,
  REPLACE: SELECTED,
};

export function wrongState(name: CommandName | AppendName, state: ImapState): string | null {
  if (COMMAND_STATES[name].includes(state)) return null;
  if (COMMAND_STATES[name] === BEFORE) return 'Already logged in';
  return state === 'not-authenticated' ? 'Log in first' : 'Select a mailbox first';
}
