import { CORE, MAIL } from './capabilities.ts';
import type { MethodEntry } from './method.ts';
import { echo } from './methods/core-echo.ts';
import { emailChangesMethod } from './methods/email-changes.ts';
import { emailCopy } from './methods/email-copy.ts';
import { emailGet } from './methods/email-get.ts';
import { emailImport } from './methods/email-import.ts';
import { emailParse } from './methods/email-parse.ts';
import { emailQuery } from './methods/email-query.ts';
import { emailQueryChanges } from './methods/email-query-changes.ts';
import { emailSet } from './methods/email-set.ts';
import { mailboxChanges } from './methods/mailbox-changes.ts';
import { mailboxGet } from './methods/mailbox-get.ts';
import { mailboxQuery } from './methods/mailbox-query.ts';
import { mailboxQueryChanges } from './methods/mailbox-query-changes.ts';
import { mailboxSet } from './methods/mailbox-set.ts';
import { threadChanges } from './methods/thread-changes.ts';
import { threadGet } from './methods/thread-get.ts';

/** Every method there is, by its name. */
export const METHODS: Readonly<Record<string, MethodEntry>> = {
  'Core/echo': { capability: CORE, run: echo, accountless: true },
  'Mailbox/get': { capability: MAIL, run: mailboxGet },
  'Mailbox/changes': { capability: MAIL, run: mailboxChanges },
  'Mailbox/query': { capability: MAIL, run: mailboxQuery },
  'Mailbox/queryChanges': { capability: MAIL, run: mailboxQueryChanges },
  'Mailbox/set': { capability: MAIL, run: mailboxSet },
  'Thread/get': { capability: MAIL, run: threadGet },
  'Thread/changes': { capability: MAIL, run: threadChanges },
  'Email/get': { capability: MAIL, run: emailGet },
  'Email/changes': { capability: MAIL, run: emailChangesMethod },
  'Email/query': { capability: MAIL, run: emailQuery },
  'Email/queryChanges': { capability: MAIL, run: emailQueryChanges },
  'Email/set': { capability: MAIL, run: emailSet },
  'Email/import': { capability: MAIL, run: emailImport },
  'Email/parse': { capability: MAIL, run: emailParse },
  'Email/copy': { capability: MAIL, run: emailCopy },
};
