import type { Webmail } from '../webmail.ts';
import { ACCOUNT, CORE, MAIL, QUOTA, SUBMISSION, VACATION, WEBSOCKET } from './capabilities.ts';
import { CORE_LIMITS } from './limits.ts';
import { SORT_OPTIONS } from './query/email-sort.ts';

/** Of the session resource's `capabilities`. */
export function serverCapabilities({ config }: Webmail, origin: string): Record<string, object> {
  return {
    [CORE]: {
      ...CORE_LIMITS,
      maxSizeUpload: config.maxMessageBytes,
      collationAlgorithms: ['i;ascii-casemap', 'i;unicode-casemap'],
    },
    [MAIL]: {},
    [SUBMISSION]: {},
    [VACATION]: {},
    [QUOTA]: {},
    [ACCOUNT]: {},
    [WEBSOCKET]: { url: `${origin.replace(/^http/, 'ws')}/jmap/ws`, supportsPush: true },
  };
}

/** Of each account's `accountCapabilities`. */
export function accountCapabilities({ config }: Webmail): Record<string, object> {
  return {
    [MAIL]: {
      maxMailboxesPerEmail: 20,
      maxMailboxDepth: 32,
      maxSizeMailboxName: 490,
      maxSizeAttachmentsPerEmail: Math.floor(config.maxMessageBytes * 0.7),
      emailQuerySortOptions: SORT_OPTIONS,
      mayCreateTopLevelMailbox: true,
    },
    [SUBMISSION]: {
      maxDelayedSend: Math.floor(config.futureReleaseMs / 1_000),
      submissionExtensions: { FUTURERELEASE: [], SIZE: [String(config.maxMessageBytes)] },
    },
    [VACATION]: {},
    [QUOTA]: {},
    [ACCOUNT]: {},
  };
}

/** For these the account is the one to use. */
export const PRIMARY: readonly string[] = [MAIL, SUBMISSION, VACATION, QUOTA, ACCOUNT];
