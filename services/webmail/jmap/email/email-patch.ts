import type { EmailUpdate } from '../../../../shared/mailbox/operations.ts';
import type { FlagSet, MailboxId } from '../../../../shared/mailbox/types.ts';
import { type Call, type JsonObject, SetError } from '../method.ts';
import { readPatch } from '../patch.ts';
import { invalidProperties, resolveId } from '../set.ts';
import { isKeyword, keywordTest } from './keywords.ts';

/** RFC 8621 §4.1.1: `keywords` as flags. Throws `SetError`: invalidProperties. */
export function flagSet(keywords: readonly string[]): FlagSet {
  let system = 0;
  const others: string[] = [];
  for (const name of keywords) {
    if (!isKeyword(name)) throw invalidProperties([`keywords/${name.slice(0, 200)}`]);
    const test = keywordTest(name);
    if ('bit' in test) system |= test.bit;
    else others.push(test.keyword);
  }
  return { system, keywords: others };
}

/** The members of a set as `{ name: true }`. Throws `SetError`: invalidProperties. */
export function membersOf(value: unknown, property: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidProperties([property]);
  const members = Object.entries(value);
  if (members.some(([, is]) => is !== true)) throw invalidProperties([property], 'its values are true');
  return members.map(([name]) => name);
}

/** Throws `SetError`: invalidProperties. */
export function mailboxIdsOf(call: Call, value: unknown): MailboxId[] {
  return membersOf(value, 'mailboxIds').map((id) => mailboxIdOf(call, id));
}

function mailboxIdOf(call: Call, id: string): MailboxId {
  const resolved = resolveId(call, id);
  if (!/^\d{1,15}$/.test(resolved)) throw invalidProperties(['mailboxIds'], 'there is no such mailbox');
  return resolved;
}

/** What a patch makes of an email: its mailboxes and keywords; nothing else of it can change. Throws `SetError`. */
export function emailUpdate(call: Call, emailId: string, patch: JsonObject): EmailUpdate {
  let update: EmailUpdate = { emailId };
  for (const [property, change] of readPatch(patch)) {
    if (property === 'mailboxIds') update = { ...update, mailboxes: mailboxChange(call, change) };
    else if (property === 'keywords') update = { ...update, flags: flagChange(change) };
    else throw invalidProperties([property], 'it cannot be changed');
  }
  return update;
}

type Change = ReturnType<typeof readPatch> extends Map<string, infer C> ? C : never;

function mailboxChange(call: Call, change: Change): NonNullable<EmailUpdate['mailboxes']> {
  if ('value' in change) return { replace: mailboxIdsOf(call, change.value) };
  const { added, removed } = sides(change.members, 'mailboxIds');
  return {
    add: added.map((id) => mailboxIdOf(call, id)),
    remove: removed.map((id) => mailboxIdOf(call, id)),
  };
}

function flagChange(change: Change): NonNullable<EmailUpdate['flags']> {
  if ('value' in change) return { replace: flagSet(membersOf(change.value, 'keywords')) };
  const { added, removed } = sides(change.members, 'keywords');
  return { add: flagSet(added), remove: flagSet(removed) };
}

function sides(
  members: ReadonlyMap<string, unknown>,
  property: string,
): { added: string[]; removed: string[] } {
  const added: string[] = [];
  const removed: string[] = [];
  for (const [name, value] of members) {
    if (value === true) added.push(name);
    else if (value === null) removed.push(name);
    else throw new SetError('invalidPatch', `${property}/${name.slice(0, 200)} is true or null`);
  }
  return { added, removed };
}
