import { formatAstring } from '../../shared/protocol/imap/format-string.ts';
import { encodeModifiedUtf7 } from '../../shared/protocol/imap/modified-utf7.ts';

/** A mailbox name for a response. */
export function formatMailbox(name: string): string {
  return formatAstring(encodeModifiedUtf7(name));
}
