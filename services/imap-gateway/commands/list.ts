import { HIERARCHY_DELIMITER, type MailboxInfo } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { mailboxMatcher } from '../mailbox-matcher.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { statusOf } from './status.ts';

/** RFC 3501 §6.3.8, with RFC 5258 (extended), RFC 5819 (STATUS), RFC 6154 (special use) and RFC 3348 (children). */
export async function list(session: ImapSession, command: CommandNamed<'LIST'>): Promise<Outcome> {
  const { out } = session.engine;
  if (!command.extended && command.patterns[0] === '') {
    out.line(`* LIST (\\Noselect) "${HIERARCHY_DELIMITER}" ""`);
    return ok('LIST completed');
  }
  const { mailboxes } = await session.ask('list', {});
  const tree = new MailboxTree(mailboxes);
  const matches = mailboxMatcher(command.reference, command.patterns, session.engine.utf8);
  for (const info of mailboxes) {
    if (!matches(info.name)) continue;
    const attributes = selectedAttributes(command, info, tree);
    if (attributes === undefined) continue;
    out.line(
      `* LIST (${attributes.text}) "${HIERARCHY_DELIMITER}" ${formatMailbox(session, info.name)}${attributes.childInfo}`,
    );
    if (command.status.length > 0 && info.exists) out.line(await statusOf(session, info, command.status));
  }
  return ok('LIST completed');
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

export function* ancestors(name: string): Generator<string> {
  for (
    let at = name.lastIndexOf(HIERARCHY_DELIMITER);
    at > 0;
    at = name.lastIndexOf(HIERARCHY_DELIMITER, at - 1)
  )
    yield name.slice(0, at);
}

/** Undefined: the selection options leave it out. */
function selectedAttributes(
  command: CommandNamed<'LIST'>,
  info: MailboxInfo,
  tree: MailboxTree,
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
  if (!info.exists) attributes.push(command.extended ? '\\NonExistent' : '\\Noselect');
  if (info.subscribed && (subscribedOnly || command.return.includes('SUBSCRIBED')))
    attributes.push('\\Subscribed');
  attributes.push(children ? '\\HasChildren' : '\\HasNoChildren');
  if (info.specialUse !== null) attributes.push(`\\${info.specialUse}`);
  return { text: attributes.join(' '), childInfo };
}
