import { ACCOUNT, BLOB, CORE, MAIL, QUOTA, SIEVE, SUBMISSION, VACATION } from './capabilities.ts';
import type { MethodEntry } from './method.ts';
import { appPasswordGet } from './methods/app-password-get.ts';
import { appPasswordSet } from './methods/app-password-set.ts';
import { blobGet } from './methods/blob-get.ts';
import { blobLookup } from './methods/blob-lookup.ts';
import { blobUpload } from './methods/blob-upload.ts';
import { cannotCalculate } from './methods/cannot-calculate.ts';
import { echo } from './methods/core-echo.ts';
import { emailChangesMethod } from './methods/email-changes.ts';
import { emailCopy } from './methods/email-copy.ts';
import { emailGet } from './methods/email-get.ts';
import { emailImport } from './methods/email-import.ts';
import { emailParse } from './methods/email-parse.ts';
import { emailQuery } from './methods/email-query.ts';
import { emailQueryChanges } from './methods/email-query-changes.ts';
import { emailSet } from './methods/email-set.ts';
import { emailSubmissionGet } from './methods/email-submission-get.ts';
import { emailSubmissionQuery } from './methods/email-submission-query.ts';
import { emailSubmissionSet } from './methods/email-submission-set.ts';
import { identityGet } from './methods/identity-get.ts';
import { identitySet } from './methods/identity-set.ts';
import { logInGet } from './methods/log-in-get.ts';
import { logInSet } from './methods/log-in-set.ts';
import { mailboxChanges } from './methods/mailbox-changes.ts';
import { mailboxGet } from './methods/mailbox-get.ts';
import { mailboxQuery } from './methods/mailbox-query.ts';
import { mailboxSet } from './methods/mailbox-set.ts';
import { objectChangesMethod } from './methods/object-changes.ts';
import { quotaGet } from './methods/quota-get.ts';
import { quotaQuery } from './methods/quota-query.ts';
import { searchSnippetGet } from './methods/search-snippet-get.ts';
import { sieveScriptGet } from './methods/sieve-script-get.ts';
import { sieveScriptQuery } from './methods/sieve-script-query.ts';
import { sieveScriptSet } from './methods/sieve-script-set.ts';
import { sieveScriptValidate } from './methods/sieve-script-validate.ts';
import { threadChanges } from './methods/thread-changes.ts';
import { threadGet } from './methods/thread-get.ts';
import { vacationResponseGet } from './methods/vacation-response-get.ts';
import { vacationResponseSet } from './methods/vacation-response-set.ts';

/** Every method there is, by its name. */
export const METHODS: Readonly<Record<string, MethodEntry>> = {
  'Core/echo': { capability: CORE, run: echo, accountless: true },
  'Mailbox/get': { capability: MAIL, run: mailboxGet },
  'Mailbox/changes': { capability: MAIL, run: mailboxChanges },
  'Mailbox/query': { capability: MAIL, run: mailboxQuery },
  'Mailbox/queryChanges': { capability: MAIL, run: cannotCalculate },
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
  'SearchSnippet/get': { capability: MAIL, run: searchSnippetGet },
  'VacationResponse/get': { capability: VACATION, run: vacationResponseGet },
  'VacationResponse/set': { capability: VACATION, run: vacationResponseSet },
  'Identity/get': { capability: SUBMISSION, run: identityGet },
  'Identity/changes': { capability: SUBMISSION, run: objectChangesMethod('Identity') },
  'Identity/set': { capability: SUBMISSION, run: identitySet },
  'EmailSubmission/get': { capability: SUBMISSION, run: emailSubmissionGet },
  'EmailSubmission/changes': { capability: SUBMISSION, run: objectChangesMethod('EmailSubmission') },
  'EmailSubmission/query': { capability: SUBMISSION, run: emailSubmissionQuery },
  'EmailSubmission/queryChanges': { capability: SUBMISSION, run: cannotCalculate },
  'EmailSubmission/set': { capability: SUBMISSION, run: emailSubmissionSet },
  'SieveScript/get': { capability: SIEVE, run: sieveScriptGet },
  'SieveScript/set': { capability: SIEVE, run: sieveScriptSet },
  'SieveScript/query': { capability: SIEVE, run: sieveScriptQuery },
  'SieveScript/validate': { capability: SIEVE, run: sieveScriptValidate },
  'Blob/upload': { capability: BLOB, run: blobUpload },
  'Blob/get': { capability: BLOB, run: blobGet },
  'Blob/lookup': { capability: BLOB, run: blobLookup },
  'Quota/get': { capability: QUOTA, run: quotaGet },
  'Quota/changes': { capability: QUOTA, run: cannotCalculate },
  'Quota/query': { capability: QUOTA, run: quotaQuery },
  'Quota/queryChanges': { capability: QUOTA, run: cannotCalculate },
  'AppPassword/get': { capability: ACCOUNT, run: appPasswordGet },
  'AppPassword/set': { capability: ACCOUNT, run: appPasswordSet },
  'LogIn/get': { capability: ACCOUNT, run: logInGet },
  'LogIn/set': { capability: ACCOUNT, run: logInSet },
};
