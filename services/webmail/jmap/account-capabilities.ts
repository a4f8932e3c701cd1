import type { Webmail } from '../webmail.ts';
import { CORE, MAIL } from './capabilities.ts';
import { CORE_LIMITS } from './limits.ts';

/** Of the session resource's `capabilities`. */
export function serverCapabilities({ config }: Webmail, _origin: string): Record<string, object> {
  return {
    [CORE]: {
      ...CORE_LIMITS,
      maxSizeUpload: config.maxMessageBytes,
      collationAlgorithms: ['i;ascii-casemap', 'i;unicode-casemap'],
    },
    [MAIL]: {},
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
      emailQuerySortOptions: [],
      mayCreateTopLevelMailbox: true,
    },
  };
}

/** For these the account is the one to use. */
export const PRIMARY: readonly string[] = [MAIL];
