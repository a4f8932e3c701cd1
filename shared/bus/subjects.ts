/**
 * Every subject there is. Tokens are separated by dots; a name that may hold other characters (an account, a gateway)
 * is encoded, so that no name can reach into another's subject.
 */

/** A name as one token: everything but letters, digits, `_` and `-` becomes `=XX`. */
export function token(name: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name;
  let out = '';
  for (const byte of Buffer.from(name)) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9_-]/.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out || '=';
}

/** Requests to the mailbox actors of a partition; served by its owner alone. */
export const mailbox = (partition: number, verb: string): string => `mailbox.${partition}.${token(verb)}`;
/** All verbs of a partition, for its owner to subscribe to. */
export const mailboxPartition = (partition: number): string => `mailbox.${partition}.*`;
/** Event: an account's mailboxes changed; `{ from, to }` mod-sequences. */
export const mailboxChanged = (accountId: string): string => `mailbox.changed.${token(accountId)}`;
export const mailboxChangedAny = (): string => 'mailbox.changed.*';
/** Hint: the spool holds new local entries for a mailbox partition. */
export const spoolLocal = (partition: number): string => `spool.local.${partition}`;
/** Hint: the spool holds new remote entries for a relay partition. */
export const spoolRemote = (partition: number): string => `spool.remote.${partition}`;
/** Requests to the destination actors of a partition. */
export const relay = (partition: number, verb: string): string => `relay.${partition}.${token(verb)}`;
export const relayPartition = (partition: number): string => `relay.${partition}.*`;
/** Asks a gateway to end one of its sessions. */
export const gatewayKick = (gateway: string): string => `gateway.kick.${token(gateway)}`;
/** Hint: the accounts, domains or aliases changed; caches are to be dropped. */
export const accountsChanged = (): string => 'accounts.changed';
/** Hint: a lease was released or a replica came or went; balance now. */
export const leasesChanged = (kind: string): string => `leases.changed.${token(kind)}`;

/** What follows the last dot: the verb of a request, the account of an event. */
export const lastToken = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);

/** All of them under one name: `subjects.mailbox(3, 'select')`. */
export * as subjects from './subjects.ts';
