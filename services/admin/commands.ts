import { accountAdd } from './commands/account-add.ts';
import { accountDelete } from './commands/account-delete.ts';
import { accountDisable } from './commands/account-disable.ts';
import { accountEnable } from './commands/account-enable.ts';
import { accountImport } from './commands/account-import.ts';
import { accountList } from './commands/account-list.ts';
import { accountPassword } from './commands/account-password.ts';
import { accountQuota } from './commands/account-quota.ts';
import { aliasAdd } from './commands/alias-add.ts';
import { aliasDelete } from './commands/alias-delete.ts';
import { aliasList } from './commands/alias-list.ts';
import { aliasOwner } from './commands/alias-owner.ts';
import { appPasswordAdd } from './commands/app-password-add.ts';
import { appPasswordDelete } from './commands/app-password-delete.ts';
import { appPasswordList } from './commands/app-password-list.ts';
import { doctor } from './commands/doctor.ts';
import { domainAdd } from './commands/domain-add.ts';
import { domainDelete } from './commands/domain-delete.ts';
import { domainDkim } from './commands/domain-dkim.ts';
import { domainDns } from './commands/domain-dns.ts';
import { domainList } from './commands/domain-list.ts';
import { leases } from './commands/leases.ts';
import { logIns } from './commands/log-ins.ts';
import { mailboxAcl } from './commands/mailbox-acl.ts';
import { mailboxList } from './commands/mailbox-list.ts';
import { migrate } from './commands/migrate.ts';
import { queueCancel } from './commands/queue-cancel.ts';
import { queueHold } from './commands/queue-hold.ts';
import { queueList } from './commands/queue-list.ts';
import { queueMove } from './commands/queue-move.ts';
import { queueRelease } from './commands/queue-release.ts';
import { queueRetry } from './commands/queue-retry.ts';
import { queueShow } from './commands/queue-show.ts';
import { reportsList } from './commands/reports-list.ts';
import { reportsShow } from './commands/reports-show.ts';
import { routeAdd } from './commands/route-add.ts';
import { routeDelete } from './commands/route-delete.ts';
import { routeList } from './commands/route-list.ts';
import { sessionsKick } from './commands/sessions-kick.ts';
import { sessionsList } from './commands/sessions-list.ts';
import { sourceList } from './commands/source-list.ts';
import { sourcePause } from './commands/source-pause.ts';
import { sourceResume } from './commands/source-resume.ts';
import { sourceShare } from './commands/source-share.ts';
import type { Register } from './session.ts';

/** Groups with their descriptions and commands; null: right under `mailctl`. */
export const COMMANDS: readonly (readonly [string | null, string, readonly Register[]])[] = [
  ['domain', 'the domains whose mail is ours', [domainAdd, domainList, domainDkim, domainDns, domainDelete]],
  [
    'account',
    'who can log in and has mailboxes',
    [
      accountAdd,
      accountList,
      accountDelete,
      accountPassword,
      accountQuota,
      accountEnable,
      accountDisable,
      accountImport,
    ],
  ],
  ['alias', 'addresses that lead to others', [aliasAdd, aliasList, aliasOwner, aliasDelete]],
  ['mailbox', 'what accounts have, and let others do', [mailboxList, mailboxAcl]],
  ['app-password', 'passwords of single programs', [appPasswordAdd, appPasswordList, appPasswordDelete]],
  [
    'queue',
    'mail that waits',
    [queueList, queueShow, queueRetry, queueHold, queueRelease, queueMove, queueCancel],
  ],
  ['reports', 'what others say of mail in our name, and of TLS with us', [reportsList, reportsShow]],
  ['route', 'which way mail goes out', [routeAdd, routeList, routeDelete]],
  ['source', 'the addresses that mail goes out from', [sourceList, sourceShare, sourcePause, sourceResume]],
  ['sessions', 'who is connected', [sessionsList, sessionsKick]],
  [null, '', [logIns, leases, migrate, doctor]],
];
