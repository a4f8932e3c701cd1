import { ALL_RIGHTS } from '../../../shared/mailbox/rights.ts';
import { HIERARCHY_DELIMITER, type MailboxInfo } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { ancestors } from '../ancestors.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { mailboxMatcher } from '../mailbox-matcher.ts';
import { entryNames, tellMetadata } from '../metadata.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { visibleMailboxes } from '../visible-mailboxes.ts';
import { formatMyRights } from './myrights.ts';
import { statusOf } from './status.ts';

/**
 * RFC 3501 §6.3.8, with RFC 5258 (extended), RFC 5819 (STATUS), RFC 6154 (special use),
 * RFC 3348 (children), RFC 8440 (rights) and RFC 9590 (annotations).
 */
export async function list(session: ImapSession, command: CommandNamed<'LIST'>): Promise<Outcome> {
  const { out } = session.engine;
  if (!command.extended && command.patterns[0] === '') {
    out.line(`* LIST (\\Noselect) "${HIERARCHY_DELIMITER}" ""`);
    return ok('LIST completed');
  }
  const mailboxes = await visibleMailboxes(session, command.reference, command.patterns);
  const tree = new MailboxTree(mailboxes);
  const matches = mailboxMatcher(command.reference, command.patterns, session.engine.utf8);
  for (const info of mailboxes) {
    if (!matches(info.name)) continue;
    const attributes = selectedAttributes(command, info, tree, session.enabled.has('IMAP4REV2'));
    if (attributes === undefined) continue;
    out.line(
      `* LIST (${attributes.text}) "${HIERARCHY_DELIMITER}" ${formatMailbox(session, info.name)}${attributes.childInfo}`,
    );
    if (info.exists) await tellMore(session, command, info);
    await session.flushWhenFull();
  }
  return ok('LIST completed');
}

/** What was asked for about each mailbox that exists. */
async function tellMore(
  session: ImapSession,
  command: CommandNamed<'LIST'>,
  info: MailboxInfo,
): Promise<void> {
  const { out } = session.engine;
  const { name } = info;
  if (command.return.includes('MYRIGHTS')) out.line(formatMyRights(session, name, info.rights ?? ALL_RIGHTS));
  if (command.status.length > 0) out.line(await statusOf(session, info, command.status));
  if (command.metadata.length > 0) {
    const entries = entryNames(command.metadata, true);
    const { values } = await session.ask('getMetadata', { name, entries, depth: 0 });
    tellMetadata(session, name, values);
  }
}

/** Who has children, of which kind. */
class MailboxTree {
  readonly #parents = new Set<string>();
  readonly #parentsOfSubscribed = new Set<string>();

  constructor(mailboxes: readonly MailboxInfo[]) {
    for (const info of mailboxes) {
      for (const parent of ancestors(info.name)) {
        if (info.exists) this.#parents.add(parent);
        if (info.subscribed) this.#parentsOfSubscribed.add(parent);
      }
    }
  }

  hasChildren(name: string): boolean {
    return this.#parents.has(name);
  }

  hasSubscribedChildren(name: string): boolean {
    return this.#parentsOfSubscribed.has(name);
  }
}

/** Undefined: the selection options leave it out. */
function selectedAttributes(
  command: CommandNamed<'LIST'>,
  info: MailboxInfo,
  tree: MailboxTree,
  rev2: boolean,
): { readonly text: string; readonly childInfo: string } | undefined {
  const subscribedOnly = command.select.includes('SUBSCRIBED');
  let childInfo = '';
  if (subscribedOnly && !info.subscribed) {
    if (!command.select.includes('RECURSIVEMATCH') || !tree.hasSubscribedChildren(info.name))
      return undefined;
    childInfo = ' ("CHILDINFO" ("SUBSCRIBED"))';
  }
  if (command.select.includes('SPECIAL-USE') && info.specialUse === null) return undefined;
  const children = tree.hasChildren(info.name);
  if (!subscribedOnly && !info.exists && !children) return undefined;
  const attributes: string[] = [];
  if (!info.exists) attributes.push(command.extended || rev2 ? '\\NonExistent' : '\\Noselect');
  if (info.subscribed && (subscribedOnly || command.return.includes('SUBSCRIBED')))
    attributes.push('\\Subscribed');
  attributes.push(children ? '\\HasChildren' : '\\HasNoChildren');
  if (info.specialUse !== null) attributes.push(`\\${info.specialUse}`);
  return { text: attributes.join(' '), childInfo };
}
