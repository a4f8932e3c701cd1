import { isPrivate } from '../../shared/mailbox/annotation.ts';
import type {
  MailboxRefusal,
  MailboxReply,
  MailboxRequest,
  MailboxVerb,
} from '../../shared/mailbox/operations.ts';
import { isRefusal } from '../../shared/mailbox/operations.ts';
import { changeableFlags, hasAll, hasAny, onlyChangeable, type Rights } from '../../shared/mailbox/rights.ts';
import { Asker } from './asker.ts';
import { OPERATIONS } from './operations.ts';
import { type Operation, refuse, type Turn } from './turn.ts';

type Outcome<V extends MailboxVerb> = Promise<MailboxReply<V> | MailboxRefusal>;

/** Refuses, or lets the operation go on with the request, or with less than was asked for. */
type Rule<V extends MailboxVerb> = (
  asker: Asker,
  request: MailboxRequest<V>,
  proceed: (request: MailboxRequest<V>) => Outcome<V>,
) => Outcome<V>;

/** Does what is asked, if who asks may. The owner may do all. */
export function perform<V extends MailboxVerb>(verb: V, turn: Turn, request: MailboxRequest<V>): Outcome<V> {
  const operation = OPERATIONS[verb] as unknown as Operation<V>;
  if (request.as === undefined || request.as === request.account) return operation(turn, request);
  const rule = ACCESS[verb] as unknown as Rule<V>;
  return rule(new Asker(turn, request.as), request, (permitted) => operation(turn, permitted));
}

/**
 * What an account that is not the owner may do: a rule for each operation (RFC 4314 §4), and the one place where
 * rights are looked at. They are read anew with each request: what is taken away is gone at once.
 */
export const ACCESS: { readonly [V in MailboxVerb]: Rule<V> } = {
  annotations: async (asker, request, proceed) => {
    const reply = await proceed(request);
    if (isRefusal(reply)) return reply;
    const rights = await asker.allRights();
    const mayRead = (own: Rights): boolean => own.includes('l') && hasAny(own, 'rswip');
    return { annotations: reply.annotations.filter(({ mailboxId }) => mayRead(rights.get(mailboxId) ?? '')) };
  },
  append: async (asker, request, proceed) => {
    const rights = await asker.rightsByName(request.name);
    if (!rights.includes('i')) return denied(rights);
    if (request.replaces !== undefined) {
      const source = await asker.rightsById(request.replaces.mailboxId);
      if (!hasAll(source, 'rte')) return denied(source);
    }
    const changeable = changeableFlags(rights);
    const messages = request.messages.map((message) => ({
      ...message,
      flags: onlyChangeable(message.flags, changeable),
    }));
    return proceed({ ...request, messages });
  },
  changes: (asker, request, proceed) => reading(asker, request, proceed),
  copy: async (asker, request, proceed) => {
    const source = await asker.rightsById(request.from);
    if (!hasAll(source, request.move ? 'rte' : 'r')) return denied(source);
    const target = await asker.rightsByName(request.to);
    if (!target.includes('i')) return denied(target);
    return proceed({ ...request, changeable: changeableFlags(target) });
  },
  create: async (asker, request, proceed) => {
    const above = await asker.rightsAbove(request.name);
    if (!above.includes('k') || request.specialUse !== undefined) return denied(above);
    return proceed(request);
  },
  delete: named('x'),
  expunge: async (asker, request, proceed) => {
    const rights = await asker.rightsById(request.mailboxId);
    return hasAll(rights, request.always ? 'rte' : 're') ? proceed(request) : denied(rights);
  },
  facts: numbered('r'),
  getAcl: named('a'),
  getMetadata: annotating('rswip'),
  index: numbered('r'),
  list: async (asker, request, proceed) => {
    const reply = await proceed(request);
    if (isRefusal(reply)) return reply;
    const rights = await asker.allRights();
    const visible = reply.mailboxes.flatMap((mailbox) => {
      const own = rights.get(mailbox.mailboxId) ?? '';
      return mailbox.exists && own.includes('l') ? [{ ...mailbox, rights: own }] : [];
    });
    return { ...reply, mailboxes: visible };
  },
  listRights: named('a'),
  lockMaildrop: ownerOnly,
  myRights: async (asker, request) => {
    const rights = await asker.rightsByName(request.name);
    return hasAny(rights, 'lrikxa') ? { rights } : denied(rights);
  },
  quota: async (asker, request, proceed) => {
    const rights = request.name === undefined ? '' : await asker.rightsByName(request.name);
    return rights.includes('a') ? proceed(request) : denied(rights);
  },
  rename: async (asker, request, proceed) => {
    const tree = await asker.tree(request.from);
    for (const mailbox of tree) {
      const rights = await asker.rightsById(mailbox.mailbox_id);
      if (!rights.includes('x') || mailbox.name === 'INBOX') return denied(rights);
    }
    const above = await asker.rightsAbove(request.to);
    return tree.length > 0 && above.includes('k') ? proceed(request) : denied(above);
  },
  select: async (asker, request, proceed) => {
    const rights = await asker.rightsByName(request.name);
    if (!rights.includes('r')) return denied(rights);
    // \Recent is the owner's to claim.
    const reply = await proceed({ ...request, claimRecent: false });
    return isRefusal(reply) ? reply : { ...reply, rights };
  },
  setAcl: named('a'),
  setMetadata: (asker, request, proceed) => {
    const shares = request.values.some(({ entry }) => !isPrivate(entry));
    return annotating<'setMetadata'>(shares ? 'w' : 'rswip')(asker, request, proceed);
  },
  snapshot: numbered('r'),
  status: named('r'),
  store: async (asker, request, proceed) => {
    const rights = await asker.rightsById(request.mailboxId);
    const changeable = changeableFlags(rights);
    if (!rights.includes('r') || !hasAny(rights, 'stw')) return denied(rights);
    const { system, keywords } = onlyChangeable(request.flags, changeable);
    const asked = request.flags.system !== 0 || request.flags.keywords.length > 0;
    if (asked && system === 0 && keywords.length === 0 && request.mode !== 'replace') return denied(rights);
    return proceed({ ...request, changeable, flags: { system, keywords } });
  },
  // An account's subscriptions are its own, also those to mailboxes of others.
  subscribe: ownerOnly,
  // A filter sees and sends on all mail of its account.
  activateScript: ownerOnly,
  checkScript: ownerOnly,
  deleteScript: ownerOnly,
  getScript: ownerOnly,
  listScripts: ownerOnly,
  putScript: ownerOnly,
  renameScript: ownerOnly,
  unlockMaildrop: ownerOnly,
  // Over all mailboxes at once: others have the operations above.
  putObjects: ownerOnly,
  setEmails: ownerOnly,
  setMailbox: ownerOnly,
  vanished: numbered('r'),
};

/** Without `l`, nobody may learn that the mailbox exists (RFC 4314 §6). */
function denied(rights: Rights): MailboxRefusal {
  return rights.includes('l')
    ? refuse('no-permission', 'you do not have the right to do this')
    : refuse('not-found', 'no such mailbox');
}

function named<V extends MailboxVerb>(
  wanted: Rights,
): MailboxRequest<V> extends { readonly name: string } ? Rule<V> : never {
  const rule = async (
    asker: Asker,
    request: { readonly name: string },
    proceed: (request: object) => Promise<object>,
  ): Promise<object> => {
    const rights = await asker.rightsByName(request.name);
    return hasAll(rights, wanted) ? proceed(request) : denied(rights);
  };
  return rule as never;
}

function numbered<V extends MailboxVerb>(
  wanted: Rights,
): MailboxRequest<V> extends { readonly mailboxId: string } ? Rule<V> : never {
  const rule = async (
    asker: Asker,
    request: { readonly mailboxId: string },
    proceed: (request: object) => Promise<object>,
  ): Promise<object> => {
    const rights = await asker.rightsById(request.mailboxId);
    return hasAll(rights, wanted) ? proceed(request) : denied(rights);
  };
  return rule as never;
}

/** RFC 5464 §3.2.1: `l`, and something to do with the messages. To write for all, `w`. */
function annotating<V extends 'getMetadata' | 'setMetadata'>(wanted: Rights): Rule<V> {
  return async (asker, request, proceed) => {
    const rights = await asker.rightsByName(request.name);
    return rights.includes('l') && hasAny(rights, wanted) ? proceed(request) : denied(rights);
  };
}

async function reading(
  asker: Asker,
  request: MailboxRequest<'changes'>,
  proceed: (request: MailboxRequest<'changes'>) => Outcome<'changes'>,
): Outcome<'changes'> {
  const rights = await asker.rightsById(request.mailboxId);
  if (!rights.includes('r')) return denied(rights);
  const reply = await proceed({ ...request, claimRecent: false });
  return isRefusal(reply) ? reply : { ...reply, rights };
}

async function ownerOnly(): Promise<MailboxRefusal> {
  return denied('');
}
