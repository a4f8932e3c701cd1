import type { AppendName, Command, CommandName, CommandNamed } from '../../shared/protocol/imap/command.ts';
import { authenticate } from './commands/authenticate.ts';
import { cancelUpdate } from './commands/cancelupdate.ts';
import { capability } from './commands/capability.ts';
import { check } from './commands/check.ts';
import { close } from './commands/close.ts';
import { compress } from './commands/compress.ts';
import { copy } from './commands/copy.ts';
import { create } from './commands/create.ts';
import { deleteMailbox } from './commands/delete.ts';
import { deleteAcl } from './commands/deleteacl.ts';
import { enable } from './commands/enable.ts';
import { esearch } from './commands/esearch.ts';
import { examine } from './commands/examine.ts';
import { expunge } from './commands/expunge.ts';
import { fetch } from './commands/fetch.ts';
import { getAcl } from './commands/getacl.ts';
import { getJmapAccess } from './commands/getjmapaccess.ts';
import { getMetadata } from './commands/getmetadata.ts';
import { getQuota } from './commands/getquota.ts';
import { getQuotaRoot } from './commands/getquotaroot.ts';
import { id } from './commands/id.ts';
import { idle } from './commands/idle.ts';
import { list } from './commands/list.ts';
import { listRights } from './commands/listrights.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { lsub } from './commands/lsub.ts';
import { move } from './commands/move.ts';
import { myRights } from './commands/myrights.ts';
import { namespace } from './commands/namespace.ts';
import { noop } from './commands/noop.ts';
import { notify } from './commands/notify.ts';
import { rename } from './commands/rename.ts';
import { search } from './commands/search.ts';
import { select } from './commands/select.ts';
import { setAcl } from './commands/setacl.ts';
import { setMetadata } from './commands/setmetadata.ts';
import { setQuota } from './commands/setquota.ts';
import { sort } from './commands/sort.ts';
import { startTls } from './commands/starttls.ts';
import { status } from './commands/status.ts';
import { store } from './commands/store.ts';
import { subscribe } from './commands/subscribe.ts';
import { thread } from './commands/thread.ts';
import { uidBatches } from './commands/uidbatches.ts';
import { unauthenticate } from './commands/unauthenticate.ts';
import { unselect } from './commands/unselect.ts';
import { unsubscribe } from './commands/unsubscribe.ts';
import type { Outcome } from './outcome.ts';
import type { ImapSession } from './session.ts';
import { demandUids } from './uid-only.ts';

/** Resolves to the tagged response; null: the command goes on, or answered for itself. */
type Handler<Name extends CommandName> = (
  session: ImapSession,
  command: CommandNamed<Name>,
  tag: string,
) => Promise<Outcome | null> | Outcome | null;

const HANDLERS: { readonly [Name in CommandName]: Handler<Name> } = {
  AUTHENTICATE: authenticate,
  CANCELUPDATE: cancelUpdate,
  CAPABILITY: capability,
  CHECK: check,
  CLOSE: close,
  COMPRESS: compress,
  COPY: copy,
  CREATE: create,
  DELETE: deleteMailbox,
  ENABLE: enable,
  ESEARCH: esearch,
  EXAMINE: examine,
  EXPUNGE: expunge,
  FETCH: fetch,
  GETACL: getAcl,
  SETACL: setAcl,
  DELETEACL: deleteAcl,
  LISTRIGHTS: listRights,
  MYRIGHTS: myRights,
  GETMETADATA: getMetadata,
  GETJMAPACCESS: getJmapAccess,
  GETQUOTA: getQuota,
  GETQUOTAROOT: getQuotaRoot,
  ID: id,
  IDLE: idle,
  LIST: list,
  LOGIN: login,
  LOGOUT: logout,
  LSUB: lsub,
  MOVE: move,
  NAMESPACE: namespace,
  NOOP: noop,
  NOTIFY: notify,
  RENAME: rename,
  SEARCH: search,
  SELECT: select,
  SETMETADATA: setMetadata,
  SETQUOTA: setQuota,
  SORT: sort,
  STARTTLS: startTls,
  STATUS: status,
  STORE: store,
  SUBSCRIBE: subscribe,
  THREAD: thread,
  UIDBATCHES: uidBatches,
  UNAUTHENTICATE: unauthenticate,
  UNSELECT: unselect,
  UNSUBSCRIBE: unsubscribe,
};

/** What of the selected mailbox' changes is told before a command's tagged response (RFC 3501 §7.4.1). */
export interface CommandRule {
  /** `no-expunge`: the client may have commands under way that name messages by sequence number. */
  readonly tells: 'all' | 'no-expunge' | 'nothing';
  /** Asks the actor whether or not a change was hinted at. */
  readonly asks?: true;
}

const ALL: CommandRule = { tells: 'all' };
const NO_EXPUNGE: CommandRule = { tells: 'no-expunge' };
const NOTHING: CommandRule = { tells: 'nothing' };

export const RULES: Readonly<Record<CommandName | AppendName, CommandRule>> = {
  APPEND: { tells: 'all', asks: true },
  AUTHENTICATE: NOTHING,
  CAPABILITY: ALL,
  CHECK: { tells: 'all', asks: true },
  CLOSE: NOTHING,
  COMPRESS: NOTHING,
  COPY: ALL,
  CREATE: ALL,
  DELETE: ALL,
  ENABLE: ALL,
  ESEARCH: ALL,
  EXAMINE: NOTHING,
  EXPUNGE: ALL,
  FETCH: NO_EXPUNGE,
  GETACL: ALL,
  SETACL: ALL,
  DELETEACL: ALL,
  LISTRIGHTS: ALL,
  MYRIGHTS: ALL,
  GETMETADATA: ALL,
  GETJMAPACCESS: ALL,
  GETQUOTA: ALL,
  GETQUOTAROOT: ALL,
  ID: ALL,
  IDLE: ALL,
  LIST: ALL,
  LOGIN: NOTHING,
  LOGOUT: NOTHING,
  LSUB: ALL,
  MOVE: ALL,
  NAMESPACE: ALL,
  CANCELUPDATE: ALL,
  NOOP: { tells: 'all', asks: true },
  NOTIFY: NOTHING,
  RENAME: ALL,
  REPLACE: { tells: 'all', asks: true },
  SEARCH: NO_EXPUNGE,
  SORT: NO_EXPUNGE,
  THREAD: NO_EXPUNGE,
  SELECT: NOTHING,
  SETMETADATA: ALL,
  SETQUOTA: ALL,
  STARTTLS: NOTHING,
  STATUS: ALL,
  STORE: NO_EXPUNGE,
  SUBSCRIBE: ALL,
  UIDBATCHES: ALL,
  UNAUTHENTICATE: NOTHING,
  UNSELECT: NOTHING,
  UNSUBSCRIBE: ALL,
};

/** UID FETCH, UID STORE and UID SEARCH are other commands: they name no sequence numbers. */
export function ruleOf(command: Command): CommandRule {
  const rule = RULES[command.name];
  return 'uid' in command && command.uid && rule === NO_EXPUNGE ? ALL : rule;
}

export async function runCommand(
  session: ImapSession,
  tag: string,
  command: Command,
): Promise<Outcome | null> {
  if (session.enabled.has('UIDONLY')) demandUids(command);
  const handler = HANDLERS[command.name] as Handler<CommandName>;
  return handler(session, command as never, tag);
}
