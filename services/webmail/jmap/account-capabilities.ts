import { EXTENSIONS } from '../../../shared/sieve/extensions.ts';
import type { Webmail } from '../webmail.ts';
import { ACCOUNT, BLOB, CORE, MAIL, QUOTA, SIEVE, SUBMISSION, VACATION, WEBSOCKET } from './capabilities.ts';
import { CORE_LIMITS } from './limits.ts';
import { DIGESTS } from './methods/blob-get.ts';
import { LOOKED_UP_TYPES } from './methods/blob-lookup.ts';
import { MAX_DATA_SOURCES } from './methods/blob-upload.ts';
import { SORT_OPTIONS } from './query/email-sort.ts';
import { MAX_SCRIPT_BYTES } from './sieve/script-text.ts';

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
    [BLOB]: {},
    [SIEVE]: { implementation: 'Cartero' },
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
    [BLOB]: {
      maxSizeBlobSet: config.maxMessageBytes,
      maxDataSources: MAX_DATA_SOURCES,
      supportedTypeNames: LOOKED_UP_TYPES,
      supportedDigestAlgorithms: Object.keys(DIGESTS),
    },
    [SIEVE]: {
      maxSizeScriptName: 512,
      maxSizeScript: MAX_SCRIPT_BYTES,
      maxNumberScripts: 50,
      maxNumberRedirects: null,
      sieveExtensions: EXTENSIONS,
      notificationMethods: null,
      externalLists: null,
    },
    [ACCOUNT]: {},
  };
}

/** For these the account is the one to use. */
export const PRIMARY: readonly string[] = [MAIL, SUBMISSION, VACATION, QUOTA, BLOB, SIEVE, ACCOUNT];
