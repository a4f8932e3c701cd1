import { SPECIAL_USE_ENTRY } from '../../../shared/mailbox/annotation.ts';
import { ancestors } from '../ancestors.ts';
import { annotationKey, isOwnName, type KnownMailbox, type KnownMailboxes } from './known-mailboxes.ts';

/** What has happened to a mailbox between two lists. */
export type Difference =
  | { readonly what: 'created' | 'deleted'; readonly name: string; readonly own: boolean }
  | { readonly what: 'renamed'; readonly name: string; readonly oldName: string; readonly own: boolean }
  | { readonly what: 'subscribed' | 'unsubscribed'; readonly name: string; readonly own: boolean }
  | { readonly what: 'changed'; readonly before: KnownMailbox; readonly now: KnownMailbox }
  /** `now` undefined: annotations of the server. */
  | {
      readonly what: 'annotated';
      readonly now: KnownMailbox | undefined;
      readonly entries: readonly string[];
    };

/** In an order in which a client can follow. */
export function differences(before: KnownMailboxes, now: KnownMailboxes, account: string): Difference[] {
  return [
    ...namesOf(before, now),
    ...subscriptionsOf(before, now),
    ...contentsOf(before, now),
    ...annotationsOf(before, now, account),
  ];
}

function* namesOf(before: KnownMailboxes, now: KnownMailboxes): Generator<Difference> {
  for (const [key, { name, own }] of now.byKey) {
    const old = before.byKey.get(key);
    if (old === undefined || old.name === name) continue;
    // RFC 5465 §5.4: children are renamed too, without a word.
    const parent = ancestors(old.name).find((above) => isMoved(before, now, above));
    const followed = parent !== undefined && isChildOf(before, now, parent, old.name, name);
    if (!followed) yield { what: 'renamed', name, oldName: old.name, own };
  }
  for (const [key, { name, own }] of before.byKey)
    if (!now.byKey.has(key) && !now.byName.has(name)) yield { what: 'deleted', name, own };
  for (const [key, { name, own }] of now.byKey)
    if (!before.byKey.has(key)) yield { what: 'created', name, own };
}

function isMoved(before: KnownMailboxes, now: KnownMailboxes, name: string): boolean {
  const old = before.byName.get(name);
  const moved = old && now.byKey.get(old.key);
  return moved !== undefined && moved.name !== name;
}

function isChildOf(
  before: KnownMailboxes,
  now: KnownMailboxes,
  parent: string,
  oldName: string,
  name: string,
): boolean {
  const target = now.byKey.get(before.byName.get(parent)?.key ?? '')?.name;
  return target !== undefined && name === target + oldName.slice(parent.length);
}

/** A subscription moves with its mailbox, which the rename tells. */
function* subscriptionsOf(before: KnownMailboxes, now: KnownMailboxes): Generator<Difference> {
  for (const name of now.subscribed) {
    const old = before.byKey.get(now.byName.get(name)?.key ?? '')?.name ?? name;
    if (!before.subscribed.has(name) && !before.subscribed.has(old))
      yield { what: 'subscribed', name, own: isOwnName(name) };
  }
  for (const name of before.subscribed) {
    const moved = now.byKey.get(before.byName.get(name)?.key ?? '')?.name ?? name;
    if (!now.subscribed.has(name) && !now.subscribed.has(moved))
      yield { what: 'unsubscribed', name, own: isOwnName(name) };
  }
}

function* contentsOf(before: KnownMailboxes, now: KnownMailboxes): Generator<Difference> {
  for (const [key, mailbox] of now.byKey) {
    const old = before.byKey.get(key);
    if (old === undefined) continue;
    const { info } = mailbox;
    if (old.info.modSeq !== info.modSeq || old.info.uidNext !== info.uidNext)
      yield { what: 'changed', before: old, now: mailbox };
    if (old.info.specialUse !== info.specialUse)
      yield { what: 'annotated', now: mailbox, entries: [SPECIAL_USE_ENTRY] };
  }
}

function* annotationsOf(before: KnownMailboxes, now: KnownMailboxes, account: string): Generator<Difference> {
  if (before.annotations === now.annotations) return;
  const changed: string[] = [];
  for (const [key, digest] of now.annotations) if (before.annotations.get(key) !== digest) changed.push(key);
  for (const key of before.annotations.keys()) if (!now.annotations.has(key)) changed.push(key);
  const byMailbox = Map.groupBy(changed, (key) => key.slice(0, key.indexOf('/', key.indexOf('/') + 1)));
  const server = annotationKey(account, '0', '');
  for (const [key, entries] of byMailbox) {
    const mailbox = now.byKey.get(key);
    // Those of a mailbox that was deleted went with it.
    if (mailbox === undefined && key !== server) continue;
    const names = entries.map((entry) => entry.slice(key.length)).sort();
    yield { what: 'annotated', now: mailbox, entries: names };
  }
}
