import type { MailboxRequest, MailboxVerb } from '../../shared/mailbox/operations.ts';
import { type AccountId, HIERARCHY_DELIMITER, SHARED_NAMESPACE } from '../../shared/mailbox/types.ts';
import { mailboxRefusal, REFUSALS, Refused } from './refusals.ts';
import type { ImapSession } from './session.ts';

const SHARED = SHARED_NAMESPACE + HIERARCHY_DELIMITER;

/** Whose mailbox a name is of, and its name there. */
export interface Place {
  readonly owner: AccountId;
  readonly address: string;
  readonly name: string;
  /** What stands before `name` for who asks; '': it is its own. */
  readonly prefix: string;
}

/**
 * `Shared/bob@example.test/Project` is Project of bob@example.test; all else is the account's own. Throws `Refused` when
 * nobody has the address, as for a mailbox that is not there.
 */
export async function placeOf(
  session: ImapSession,
  name: string,
  options: { readonly target?: boolean } = {},
): Promise<Place> {
  const shared = splitShared(name);
  if (shared === undefined)
    return { owner: session.accountId, address: session.account!.address, name, prefix: '' };
  const account = await session.gateway.ports.accounts.find(shared.address);
  if (account === undefined)
    throw mailboxRefusal({ refused: 'not-found', text: 'no such mailbox' }, options.target);
  const { accountId: owner, address } = account;
  return { owner, address, name: shared.name, prefix: prefixOf(address) };
}

export function prefixOf(address: string): string {
  return SHARED + address + HIERARCHY_DELIMITER;
}

/** A local part may hold the delimiter, a domain may not. */
export function splitShared(name: string): { readonly address: string; readonly name: string } | undefined {
  const at = name.startsWith(SHARED) ? name.indexOf('@') : -1;
  if (at < 0) return undefined;
  const end = name.indexOf(HIERARCHY_DELIMITER, at);
  if (end < 0) return { address: name.slice(SHARED.length), name: '' };
  return { address: name.slice(SHARED.length, end), name: name.slice(end + 1) };
}

/** Which values of a request are names of mailboxes; of those that are not here: `name`. */
const NAMES: { readonly [V in MailboxVerb]?: readonly string[] } = {
  copy: ['to'],
  rename: ['from', 'to'],
  // Also those to mailboxes of others are the account's own.
  subscribe: [],
};

/**
 * The actor that a request is for: the one of the mailbox that it names; for a number, of the selected mailbox. No
 * request is for two.
 */
export async function route<Verb extends MailboxVerb>(
  session: ImapSession,
  verb: Verb,
  request: Omit<MailboxRequest<Verb>, 'account' | 'as'>,
  options: { readonly target?: boolean },
): Promise<{ readonly request: MailboxRequest<Verb>; readonly place: Pick<Place, 'owner' | 'prefix'> }> {
  const given: Readonly<Record<string, unknown>> = { ...request };
  const names: Record<string, string> = {};
  let place: Pick<Place, 'owner' | 'prefix'> | undefined;
  if ('mailboxId' in given || 'replaces' in given || verb === 'copy')
    place = { owner: session.owner, prefix: '' };
  for (const field of NAMES[verb] ?? ['name']) {
    const name = given[field];
    if (typeof name !== 'string') continue;
    const own = await placeOf(session, name, options);
    if (place !== undefined && place.owner !== own.owner) throw new Refused(REFUSALS.twoAccounts);
    place = own;
    names[field] = own.name;
  }
  place ??= { owner: session.accountId, prefix: '' };
  const whole = { ...given, ...names, ...session.asking(place.owner) };
  return { request: whole as unknown as MailboxRequest<Verb>, place };
}

/** The reply with names as the client knows them. */
export function withPrefix<Reply extends object>(reply: Reply, prefix: string): Reply {
  const { name, mailbox } = reply as { readonly name?: string; readonly mailbox?: { readonly name: string } };
  if (name !== undefined) return { ...reply, name: prefix + name };
  if (mailbox !== undefined) return { ...reply, mailbox: { ...mailbox, name: prefix + mailbox.name } };
  return reply;
}
