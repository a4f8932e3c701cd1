import type { MailboxReply } from '../../shared/mailbox/operations.ts';
import { formatAstring } from '../../shared/protocol/imap/format-string.ts';

/** STORAGE counts in units of 1,024 bytes (RFC 9208 §5.1). */
const STORAGE_UNIT = 1024;

/** An account's mail is one quota root, over all its mailboxes. */
export function quotaRootOf(address: string): string {
  return `#user/${address}`;
}

/** For a response: an address may hold characters past ASCII. */
export function formatQuotaRoot(root: string): string {
  return formatAstring(Buffer.from(root).toString('latin1'));
}

/** Use and limit of each resource that has a limit; undefined: nothing is limited, so there is no quota root. */
export function quotaResources(quota: MailboxReply<'quota'>): string | undefined {
  const resources: string[] = [];
  if (quota.bytesLimit !== null)
    resources.push(`STORAGE ${inUnits(quota.bytesUsed)} ${inUnits(quota.bytesLimit)}`);
  if (quota.messagesLimit !== null) resources.push(`MESSAGE ${quota.messagesUsed} ${quota.messagesLimit}`);
  return resources.length === 0 ? undefined : `(${resources.join(' ')})`;
}

/** Use and limit are rounded alike: what is within the limit shows as within it. */
function inUnits(bytes: number): number {
  return Math.ceil(bytes / STORAGE_UNIT);
}
