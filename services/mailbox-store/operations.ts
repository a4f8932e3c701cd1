import type { MailboxVerb } from '../../shared/mailbox/operations.ts';
import { activateScript } from './operations/activate-script.ts';
import { annotations } from './operations/annotations.ts';
import { append } from './operations/append.ts';
import { changes } from './operations/changes.ts';
import { checkScript } from './operations/check-script.ts';
import { copy } from './operations/copy.ts';
import { create } from './operations/create.ts';
import { deleteMailbox } from './operations/delete.ts';
import { deleteScript } from './operations/delete-script.ts';
import { expunge } from './operations/expunge.ts';
import { facts } from './operations/facts.ts';
import { getAcl } from './operations/get-acl.ts';
import { getMetadata } from './operations/get-metadata.ts';
import { getScript } from './operations/get-script.ts';
import { index } from './operations/index-messages.ts';
import { list } from './operations/list.ts';
import { listRights } from './operations/list-rights.ts';
import { listScripts } from './operations/list-scripts.ts';
import { lockMaildrop } from './operations/lock-maildrop.ts';
import { myRights } from './operations/my-rights.ts';
import { putObjects } from './operations/put-objects.ts';
import { putScript } from './operations/put-script.ts';
import { quota } from './operations/quota.ts';
import { rename } from './operations/rename.ts';
import { renameScript } from './operations/rename-script.ts';
import { select } from './operations/select.ts';
import { setAcl } from './operations/set-acl.ts';
import { setEmails } from './operations/set-emails.ts';
import { setMailbox } from './operations/set-mailbox.ts';
import { setMetadata } from './operations/set-metadata.ts';
import { snapshot } from './operations/snapshot.ts';
import { status } from './operations/status.ts';
import { store } from './operations/store.ts';
import { subscribe } from './operations/subscribe.ts';
import { unlockMaildrop } from './operations/unlock-maildrop.ts';
import { vanished } from './operations/vanished.ts';
import type { Operation } from './turn.ts';

/** Every verb of the mailbox actor. */
export const OPERATIONS: { readonly [V in MailboxVerb]: Operation<V> } = {
  annotations,
  append,
  changes,
  copy,
  create,
  delete: deleteMailbox,
  expunge,
  facts,
  getAcl,
  getMetadata,
  index,
  list,
  listRights,
  lockMaildrop,
  myRights,
  quota,
  rename,
  select,
  putObjects,
  setAcl,
  setEmails,
  setMailbox,
  setMetadata,
  snapshot,
  status,
  store,
  subscribe,
  unlockMaildrop,
  activateScript,
  checkScript,
  deleteScript,
  getScript,
  listScripts,
  putScript,
  renameScript,
  vanished,
};
