import { batch } from '@preact/signals';
import { Failure } from '../jmap/connection.ts';
import type { EmailSummary, GetResponse, Id, Mailbox, Patch, Role, SetResponse } from '../jmap/types.ts';
import { t } from '../text/text.ts';
import { byRole, countMoved, loadMailboxes } from './mailboxes.ts';
import { learn, refreshList, SUMMARY, source, summary, takeRows, threadOf } from './message-list.ts';
import { selected, selectNone } from './selection.ts';
import { server } from './session.ts';
import { toast, toastFailure } from './toasts.ts';

/** Objects of one Email/set: servers take at least 500 (RFC 8620 §2), and fewer keep others waiting less. */
const CHUNK = 250;

/** How to take the last action back. */
let undoLast: (() => Promise<void>) | undefined;

export async function undo(): Promise<void> {
  const run = undoLast;
  undoLast = undefined;
  if (run) await run().catch(toastFailure);
}

/** For whatever can be taken back: shows it, and lets `z` do it. */
export function offerUndo(text: string, run: () => Promise<void>, ms?: number): void {
  undoLast = run;
  toast(text, { action: { label: t().undo, run: () => void undo() }, ...(ms === undefined ? {} : { ms }) });
}

export async function setEmails(update: Readonly<Record<Id, Patch>>): Promise<void> {
  const entries = Object.entries(update);
  for (let at = 0; at < entries.length; at += CHUNK) {
    const part = Object.fromEntries(entries.slice(at, at + CHUNK));
    const answer = await server().call<SetResponse>('Email/set', { update: part });
    const [error] = Object.values(answer.notUpdated ?? {});
    // What is gone meanwhile needs no change.
    if (error && error.type !== 'notFound') throw new Failure('refused', error.type, error.description ?? '');
  }
}

/** The messages that the chosen lines stand for: whole threads, as far as they are in the mailbox that is listed. */
async function expand(ids: readonly Id[]): Promise<readonly EmailSummary[]> {
  const wanted = [...new Set(ids.flatMap((id) => threadMembers(id)))];
  const missing = wanted.filter((id) => !summary(id));
  for (let at = 0; at < missing.length; at += CHUNK) {
    const { list } = await server().call<GetResponse<EmailSummary>>('Email/get', {
      ids: missing.slice(at, at + CHUNK),
      properties: SUMMARY,
    });
    learn(list);
  }
  const mailbox = source.value?.mailboxId;
  return wanted
    .map((id) => summary(id))
    .filter((email) => email !== undefined)
    .filter((email) => ids.includes(email.id) || mailbox === undefined || email.mailboxIds[mailbox]);
}

function threadMembers(id: Id): readonly Id[] {
  const email = summary(id);
  return email ? threadOf(email) : [id];
}

export async function move(ids: readonly Id[], target: Mailbox, text: string): Promise<void> {
  if (ids.length === 0) return;
  const from = source.value?.mailboxId;
  const putBack = takeRows(new Set(ids));
  selectNone();
  try {
    const emails = (await expand(ids)).filter(
      ({ mailboxIds }) => !mailboxIds[target.id] || (from && mailboxIds[from]),
    );
    const before = new Map(emails.map((email) => [email.id, email.mailboxIds]));
    const update = Object.fromEntries(emails.map(({ id }) => [id, { mailboxIds: { [target.id]: true } }]));
    show(emails, (email) => ({ ...email, mailboxIds: { [target.id]: true } }));
    count(emails, from, target.id);
    await setEmails(update);
    offerUndo(text, async () => {
      putBack();
      show(emails, (email) => ({ ...email, mailboxIds: before.get(email.id)! }));
      await setEmails(Object.fromEntries([...before].map(([id, mailboxIds]) => [id, { mailboxIds }])));
      await Promise.all([refreshList(), loadMailboxes()]);
    });
  } catch (error) {
    putBack();
    toastFailure(error);
    await Promise.all([refreshList(), loadMailboxes()]).catch(() => undefined);
  }
}

function count(emails: readonly EmailSummary[], from: Id | undefined, to: Id): void {
  const unread = emails.filter(({ keywords }) => !keywords.$seen).length;
  if (from) countMoved(from, -emails.length, -unread);
  countMoved(to, emails.length, unread);
}

function show(emails: readonly EmailSummary[], change: (email: EmailSummary) => EmailSummary): void {
  learn(emails.map((email) => change(summary(email.id) ?? email)));
}

/** Moves to the mailbox of a role; Junk and Trash have ways of their own where one is in them already. */
export async function moveToRole(ids: readonly Id[], role: Role): Promise<void> {
  const target = byRole(role) ?? (await makeMailbox(role));
  if (!target) return;
  const many = ids.length;
  const text = { archive: t().archived(many), junk: t().markedJunk(many), trash: t().deleted(many) }[
    role as string
  ];
  await move(ids, target, text ?? t().moved(many, target.name));
}

const NAMES: Partial<Record<Role, string>> = {
  archive: 'Archive',
  junk: 'Junk',
  trash: 'Trash',
  drafts: 'Drafts',
  sent: 'Sent',
};

export async function makeMailbox(role: Role): Promise<Mailbox | undefined> {
  const answer = await server().call<SetResponse>('Mailbox/set', {
    create: { new: { name: NAMES[role] ?? role, role } },
  });
  const error = answer.notCreated?.new;
  if (error) throw new Failure('refused', error.type, error.description ?? '');
  await loadMailboxes();
  return byRole(role);
}

/** To the Trash; what is there already is destroyed once its toast is gone. */
export async function remove(ids: readonly Id[]): Promise<void> {
  const trash = byRole('trash');
  const junk = byRole('junk');
  const now = source.value?.mailboxId;
  if (!now || (now !== trash?.id && now !== junk?.id)) return moveToRole(ids, 'trash');
  if (now === junk?.id && trash) return moveToRole(ids, 'trash');
  destroyLater(ids);
}

const DESTROY_MS = 6_000;

function destroyLater(ids: readonly Id[]): void {
  const putBack = takeRows(new Set(ids));
  selectNone();
  let called = false;
  offerUndo(
    t().destroyed(ids.length),
    async () => {
      called = true;
      putBack();
    },
    DESTROY_MS,
  );
  setTimeout(() => {
    if (called) return;
    undoLast = undefined;
    destroy(ids)
      .then(loadMailboxes)
      .catch((error) => {
        putBack();
        toastFailure(error);
      });
  }, DESTROY_MS);
}

async function destroy(ids: readonly Id[]): Promise<void> {
  const all = (await expand(ids)).map(({ id }) => id);
  for (let at = 0; at < all.length; at += CHUNK) {
    await server().call<SetResponse>('Email/set', { destroy: all.slice(at, at + CHUNK) });
  }
}

/** Out of Junk again, into the inbox. */
export async function notJunk(ids: readonly Id[]): Promise<void> {
  const inbox = byRole('inbox');
  if (inbox) await move(ids, inbox, t().notJunkDone(ids.length));
}

/** `$seen` holds for the whole thread, `$flagged` for the message itself. */
export async function setKeyword(
  ids: readonly Id[],
  keyword: string,
  on: boolean,
  quiet = false,
): Promise<void> {
  try {
    const all =
      keyword === '$seen'
        ? await expand(ids)
        : ids.map((id) => summary(id)).filter((one) => one !== undefined);
    const emails = all.filter(({ keywords }) => Boolean(keywords[keyword]) !== on);
    if (emails.length === 0) return;
    const apply = async (value: boolean): Promise<void> => {
      batch(() => {
        show(emails, (email) => ({ ...email, keywords: withKeyword(email.keywords, keyword, value) }));
        if (keyword === '$seen') countSeen(emails, value);
      });
      await setEmails(
        Object.fromEntries(emails.map(({ id }) => [id, { [`keywords/${keyword}`]: value ? true : null }])),
      );
    };
    try {
      await apply(on);
    } catch (error) {
      show(emails, (email) => ({ ...email, keywords: withKeyword(email.keywords, keyword, !on) }));
      throw error;
    }
    if (!quiet) offerUndo(t().keywordSet(keyword, on, emails.length), () => apply(!on));
  } catch (error) {
    toastFailure(error);
  }
}

function withKeyword(
  keywords: Readonly<Record<string, boolean>>,
  keyword: string,
  on: boolean,
): Readonly<Record<string, boolean>> {
  const { [keyword]: _, ...others } = keywords;
  return on ? { ...others, [keyword]: true } : others;
}

function countSeen(emails: readonly EmailSummary[], seen: boolean): void {
  for (const { mailboxIds } of emails)
    for (const id of Object.keys(mailboxIds)) countMoved(id, 0, seen ? -1 : 1);
}

/** What an action is for: the lines that are chosen, else the one that is open or under the keyboard. */
export function targets(fallback: Id | undefined): readonly Id[] {
  if (selected.value.size > 0) return [...selected.value];
  return fallback === undefined ? [] : [fallback];
}
