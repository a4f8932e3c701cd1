import { z } from 'zod';
import { isRefusal, type MailboxRefusal } from '../../../../shared/mailbox/operations.ts';
import { HIERARCHY_DELIMITER, type MailboxInfo, type SpecialUse } from '../../../../shared/mailbox/types.ts';
import { readArguments } from '../arguments.ts';
import { parentName, roleOf } from '../mailbox/mailbox-object.ts';
import { type Call, type JsonObject, type Method, MethodError, SetError } from '../method.ts';
import {
  asSetError,
  boundSet,
  invalidProperties,
  madeId,
  newOutcome,
  resolveId,
  setArguments,
  setResponse,
} from '../set.ts';
import { listMailboxes } from './mailbox-get.ts';

const schema = z.strictObject({ ...setArguments, onDestroyRemoveEmails: z.boolean().nullish() });

const USES: Readonly<Record<string, SpecialUse>> = {
  all: 'All',
  archive: 'Archive',
  drafts: 'Drafts',
  flagged: 'Flagged',
  junk: 'Junk',
  sent: 'Sent',
  trash: 'Trash',
};

const values = z.strictObject({
  name: z.string().min(1).max(490).optional(),
  parentId: z.string().max(255).nullish(),
  role: z.string().max(100).nullish(),
  sortOrder: z.int().min(0).max(2_147_483_647).optional(),
  isSubscribed: z.boolean().optional(),
});
type Values = z.infer<typeof values>;

/** RFC 8621 §2.5. */
export const mailboxSet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  const { modSeq: before } = await call.webmail.emails.state(call.accountId);
  if (given.ifInState != null && given.ifInState !== String(before)) throw new MethodError('stateMismatch');
  const outcome = newOutcome();
  for (const [creationId, object] of inOrder(given.create ?? {})) {
    try {
      outcome.created[creationId] = await create(call, creationId, object);
    } catch (error) {
      outcome.notCreated[creationId] = asSetError(error);
    }
  }
  for (const [id, patch] of Object.entries(given.update ?? {})) {
    try {
      await update(call, resolveId(call, id), patch);
      outcome.updated[id] = null;
    } catch (error) {
      outcome.notUpdated[id] = asSetError(error);
    }
  }
  for (const id of await deepestFirst(call, given.destroy ?? [])) {
    try {
      await destroy(call, resolveId(call, id), given.onDestroyRemoveEmails ?? false);
      outcome.destroyed.push(id);
    } catch (error) {
      outcome.notDestroyed[id] = asSetError(error);
    }
  }
  const { modSeq: after } = await call.webmail.emails.state(call.accountId);
  return setResponse(call.accountId, { oldState: String(before), newState: String(after) }, outcome);
};

/** Parents that are made in the same request come first. */
function inOrder(create: Readonly<Record<string, JsonObject>>): [string, JsonObject][] {
  const left = new Map(Object.entries(create));
  const ordered: [string, JsonObject][] = [];
  while (left.size > 0) {
    const ready = [...left].filter(
      ([, { parentId }]) =>
        !(typeof parentId === 'string' && left.has(parentId.slice(1)) && parentId.startsWith('#')),
    );
    // What is its own parent is refused like any that is not there.
    for (const [creationId, object] of ready.length === 0 ? [...left] : ready) {
      ordered.push([creationId, object]);
      left.delete(creationId);
    }
  }
  return ordered;
}

async function deepestFirst(call: Call, ids: readonly string[]): Promise<string[]> {
  if (ids.length < 2) return [...ids];
  const names = new Map(
    (await listMailboxes(call)).mailboxes.map(({ mailboxId, name }) => [mailboxId, name]),
  );
  const depth = (id: string): number =>
    names.get(resolveId(call, id))?.split(HIERARCHY_DELIMITER).length ?? 0;
  return [...ids].sort((a, b) => depth(b) - depth(a));
}

function readValues(object: JsonObject): Values {
  const unknown = Object.keys(object).filter((name) => !Object.hasOwn(values.shape, name));
  if (unknown.length > 0) throw invalidProperties(unknown);
  const result = values.safeParse(object);
  if (result.success) return result.data;
  throw invalidProperties(
    [String(result.error.issues[0]?.path[0] ?? 'name')],
    result.error.issues[0]?.message,
  );
}

async function create(call: Call, creationId: string, object: JsonObject): Promise<JsonObject> {
  const { name, parentId, role, sortOrder, isSubscribed } = readValues(object);
  if (name === undefined) throw invalidProperties(['name'], 'a mailbox has a name');
  const { mailboxes } = await listMailboxes(call);
  const specialUse = useOf(role, mailboxes, undefined);
  const full = fullName(call, mailboxes, parentId ?? null, name);
  const { ask } = call.webmail.ports.mailboxes;
  const account = call.accountId;
  const made = await ask('create', { account, name: full, ...(specialUse ? { specialUse } : {}) });
  if (isRefusal(made)) throw mailboxSetError(made);
  const { mailboxId } = made;
  madeId(call, creationId, mailboxId);
  // Unlike IMAP's CREATE, JMAP says by the object whether it is subscribed.
  const more = await ask('setMailbox', {
    account,
    mailboxId,
    ...(sortOrder === undefined ? {} : { sortOrder }),
    subscribed: isSubscribed ?? false,
  });
  if (isRefusal(more)) throw mailboxSetError(more);
  const rights = {
    mayReadItems: true,
    mayAddItems: true,
    mayRemoveItems: true,
    maySetSeen: true,
    maySetKeywords: true,
    mayCreateChild: true,
    mayRename: true,
    mayDelete: true,
    maySubmit: true,
  };
  return {
    id: mailboxId,
    ...(parentId === undefined ? { parentId: null } : {}),
    ...(role === undefined ? { role: null } : {}),
    ...(sortOrder === undefined ? { sortOrder: 7 } : {}),
    ...(isSubscribed === undefined ? { isSubscribed: false } : {}),
    totalEmails: 0,
    unreadEmails: 0,
    totalThreads: 0,
    unreadThreads: 0,
    myRights: rights,
  };
}

async function update(call: Call, id: string, patch: JsonObject): Promise<void> {
  const { name, parentId, role, sortOrder, isSubscribed } = readValues(patch);
  const { mailboxes } = await listMailboxes(call);
  const info = mailboxes.find(({ mailboxId }) => mailboxId === id);
  if (info === undefined) throw new SetError('notFound');
  const { ask } = call.webmail.ports.mailboxes;
  const account = call.accountId;
  const specialUse = role === undefined ? undefined : useOf(role, mailboxes, info);
  const inbox = roleOf(info) === 'inbox';
  if (inbox && role !== undefined && role !== 'inbox')
    throw invalidProperties(['role'], 'the inbox stays the inbox');
  const level = name ?? info.name.slice(info.name.lastIndexOf(HIERARCHY_DELIMITER) + 1);
  const unnamed = inbox && (name === undefined || name === 'Inbox');
  if (!unnamed && (name !== undefined || parentId !== undefined)) {
    const parent = parentId === undefined ? idOf(mailboxes, parentName(info.name)) : parentId;
    const to = fullName(call, mailboxes, parent, level);
    if (to !== info.name) {
      if (inbox)
        throw invalidProperties([name === undefined ? 'parentId' : 'name'], 'the inbox stays where it is');
      const renamed = await ask('rename', { account, from: info.name, to });
      if (isRefusal(renamed)) throw mailboxSetError(renamed);
    }
  } else if (inbox && parentId != null) throw invalidProperties(['parentId'], 'the inbox stays where it is');
  const changes = {
    ...(specialUse === undefined || inbox ? {} : { specialUse }),
    ...(sortOrder === undefined ? {} : { sortOrder }),
    ...(isSubscribed === undefined ? {} : { subscribed: isSubscribed }),
  };
  if (Object.keys(changes).length === 0) return;
  const changed = await ask('setMailbox', { account, mailboxId: id, ...changes });
  if (isRefusal(changed)) throw mailboxSetError(changed);
}

async function destroy(call: Call, id: string, removeEmails: boolean): Promise<void> {
  const { mailboxes } = await listMailboxes(call);
  const info = mailboxes.find(({ mailboxId }) => mailboxId === id);
  if (info === undefined) throw new SetError('notFound');
  const below = info.name + HIERARCHY_DELIMITER;
  if (mailboxes.some(({ name, exists }) => exists && name.startsWith(below)))
    throw new SetError('mailboxHasChild');
  if (info.messages - info.deleted > 0 && !removeEmails) throw new SetError('mailboxHasEmail');
  const reply = await call.webmail.ports.mailboxes.ask('delete', {
    account: call.accountId,
    name: info.name,
  });
  if (isRefusal(reply)) throw mailboxSetError(reply);
}

function idOf(mailboxes: readonly MailboxInfo[], name: string | null): string | null {
  return name === null ? null : (mailboxes.find((mailbox) => mailbox.name === name)?.mailboxId ?? null);
}

function fullName(
  call: Call,
  mailboxes: readonly MailboxInfo[],
  parentId: string | null,
  level: string,
): string {
  if (level.includes(HIERARCHY_DELIMITER))
    throw invalidProperties(['name'], `a name has no ${HIERARCHY_DELIMITER}`);
  if (parentId === null) return level;
  const parent = mailboxes.find(({ mailboxId }) => mailboxId === resolveId(call, parentId));
  if (parent === undefined) throw invalidProperties(['parentId'], 'there is no such mailbox');
  return `${parent.name}${HIERARCHY_DELIMITER}${level}`;
}

/** Undefined or null: none. Each role once an account. */
function useOf(
  role: string | null | undefined,
  mailboxes: readonly MailboxInfo[],
  own: MailboxInfo | undefined,
): SpecialUse | null {
  if (role == null) return null;
  if (own !== undefined && roleOf(own) === role) return own.specialUse;
  const use = Object.hasOwn(USES, role) ? USES[role] : undefined;
  if (use === undefined) throw invalidProperties(['role'], 'a role of RFC 6154');
  if (mailboxes.some((mailbox) => mailbox.specialUse === use))
    throw invalidProperties(['role'], 'another mailbox has this role');
  return use;
}

function mailboxSetError({ refused, text }: MailboxRefusal): SetError {
  switch (refused) {
    case 'not-found':
      return new SetError('notFound');
    case 'exists':
    case 'bad-name':
      return invalidProperties(['name'], text);
    case 'limit':
      return new SetError('overQuota', text);
    default:
      return new SetError('forbidden', text);
  }
}
