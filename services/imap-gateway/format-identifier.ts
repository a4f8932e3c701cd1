import { formatAstring } from '../../shared/protocol/imap/format-string.ts';

/** Who an entry of an access control list is for, in UTF-8. */
export function formatIdentifier(identifier: string): string {
  return formatAstring(Buffer.from(identifier).toString('latin1'));
}
