import { batch, computed, signal } from '@preact/signals';
import type { EmailFilter, EmailSummary, GetResponse, Id, QueryResponse, Thread } from '../jmap/types.ts';
import { parseSearch } from '../model/search-query.ts';
import { PAGE, pagesAround } from '../model/windows.ts';
import { find, mailboxes } from './mailboxes.ts';
import { threads } from './preferences.ts';
import { route } from './route.ts';
import { server } from './session.ts';
import { toastFailure } from './toasts.ts';

export const SUMMARY = [
  'threadId',
  'mailboxIds',
  'keywords',
  'from',
  'to',
  'subject',
  'receivedAt',
  'preview',
  'hasAttachment',
  'size',
];

/** Everything seen of messages, by id; one is replaced, never changed. */
const known = new Map<Id, EmailSummary>();
const knownThreads = new Map<Id, readonly Id[]>();
/** Beyond this many, what is not on the screen is forgotten. */
const MAX_KNOWN = 20_000;

/** What is listed: changes with the address, and with the choice of threads. */
export interface Source {
  readonly key: string;
  readonly filter: EmailFilter | undefined;
  readonly mailboxId: Id | undefined;
}

export const source = computed((): Source | undefined => {
  const now = route.value;
  if (now.view === 'settings' || mailboxes.value === undefined) return undefined;
  if (now.view === 'search') {
    return {
      key: `search ${now.query}`,
      filter: parseSearch(now.query, mailboxes.value),
      mailboxId: undefined,
    };
  }
  if (now.mailbox === 'flagged' && !find('flagged')) {
    return { key: 'flagged', filter: { hasKeyword: '$flagged' }, mailboxId: undefined };
  }
  const mailbox = find(now.mailbox);
  if (!mailbox) return undefined;
  return { key: mailbox.id, filter: { inMailbox: mailbox.id }, mailboxId: mailbox.id };
});

/** Rises with another list alone: that mailboxes were read again is none. */
export const sourceKey = computed(() => source.value && `${source.value.key} ${threads.value}`);

interface Listed {
  readonly key: string;
  readonly source: Source;
  /** By position; what was not looked at yet is a hole. */
  readonly ids: (Id | undefined)[];
  readonly loading: Set<number>;
}

const listed = signal<Listed | undefined>(undefined);
/** Rises with each change of what `row` would return. */
export const version = signal(0);
export const failed = signal<unknown>(undefined);
const changed = (): void => {
  version.value++;
};

export const total = computed(() => {
  version.value;
  return listed.value?.ids.length;
});

/** What is drawn of the list at the moment. */
let shown = { first: 0, last: PAGE - 1 };

export function rowId(position: number): Id | undefined {
  return listed.value?.ids[position];
}
export function summary(id: Id): EmailSummary | undefined {
  return known.get(id);
}
export function positionOf(id: Id): number {
  return listed.value?.ids.indexOf(id) ?? -1;
}
export function threadOf(email: EmailSummary): readonly Id[] {
  return knownThreads.get(email.threadId) ?? [email.id];
}
export const idsListed = (): readonly Id[] => (listed.value?.ids ?? []).filter((id) => id !== undefined);

export function learn(emails: Iterable<EmailSummary>): void {
  for (const email of emails) known.set(email.id, { ...known.get(email.id), ...email });
  changed();
}
export function forgetEmails(ids: Iterable<Id>): void {
  for (const id of ids) known.delete(id);
}

/** Lists what the address says, from the server; what was known of the same list is shown meanwhile. */
export async function openList(): Promise<void> {
  const wanted = source.peek();
  const key = sourceKey.peek();
  if (!wanted || key === undefined || listed.peek()?.key === key) return;
  shown = { first: 0, last: PAGE - 1 };
  if (known.size > MAX_KNOWN) known.clear();
  const list: Listed = { key, source: wanted, ids: [], loading: new Set() };
  batch(() => {
    listed.value = list;
    loaded.value = false;
    failed.value = undefined;
    changed();
  });
  await loadPage(list, 0);
}

/** Whether the first page of the list is there. */
export const loaded = signal(false);

/** Asks for what stands from `first` to `last` and is not known. */
export function look(first: number, last: number): void {
  shown = { first, last };
  const list = listed.value;
  if (!list) return;
  for (const page of pagesAround(first, last, list.ids.length)) {
    const begin = page * PAGE;
    const end = Math.min(begin + PAGE, list.ids.length);
    let missing = false;
    for (let at = begin; at < end && !missing; at++) missing = list.ids[at] === undefined;
    if (missing) void loadPage(list, page);
  }
}

/** Reads again what is on the screen; the rest when it is looked at. */
export async function refreshList(): Promise<void> {
  const list = listed.value;
  if (!list) return;
  const pages = pagesAround(shown.first, shown.last, Math.max(1, list.ids.length));
  await Promise.all(pages.map((page) => loadPage(list, page, page === pages[0])));
}

async function loadPage(list: Listed, page: number, forgetRest = false): Promise<void> {
  if (list.loading.has(page)) return;
  list.loading.add(page);
  const isFirst = !loaded.value;
  try {
    const collapseThreads = threads.value;
    const { query, emails, threadList } = await server().request<{
      query: QueryResponse;
      emails: GetResponse<EmailSummary>;
      threadList?: GetResponse<Thread>;
    }>([
      [
        'Email/query',
        {
          filter: list.source.filter ?? null,
          sort: [{ property: 'receivedAt', isAscending: false }],
          collapseThreads,
          position: page * PAGE,
          limit: PAGE,
          calculateTotal: true,
        },
        'query',
      ],
      [
        'Email/get',
        { '#ids': { resultOf: 'query', name: 'Email/query', path: '/ids' }, properties: SUMMARY },
        'emails',
      ],
      ...(collapseThreads
        ? [
            [
              'Thread/get',
              { '#ids': { resultOf: 'emails', name: 'Email/get', path: '/list/*/threadId' } },
              'threadList',
            ] as const,
          ]
        : []),
    ]);
    if (listed.value !== list) return;
    batch(() => {
      const { ids } = list;
      const before = new Set(forgetRest ? ids : []);
      if (forgetRest) ids.length = 0;
      ids.length = query.total ?? Math.max(ids.length, query.position + query.ids.length);
      query.ids.forEach((id, index) => {
        ids[query.position + index] = id;
      });
      for (const thread of threadList?.list ?? []) knownThreads.set(thread.id, thread.emailIds);
      learn(emails.list);
      loaded.value = true;
      failed.value = undefined;
      if (isFirst || before.size > 0) performance.mark('list-loaded');
    });
    await learnThreads(threadList?.list ?? []);
  } catch (error) {
    if (listed.value !== list) return;
    if (isFirst) failed.value = error;
    else toastFailure(error);
  } finally {
    list.loading.delete(page);
  }
}

/** A line stands for its whole thread: it is unread when any message of it is. */
async function learnThreads(list: readonly Thread[]): Promise<void> {
  const ids = list.filter(({ emailIds }) => emailIds.length > 1).flatMap(({ emailIds }) => emailIds);
  const missing = ids.filter((id) => !known.has(id)).slice(0, 400);
  if (missing.length === 0) return;
  const { list: emails } = await server().call<GetResponse<EmailSummary>>('Email/get', {
    ids: missing,
    properties: SUMMARY,
  });
  learn(emails);
}

/** Takes the rows away at once; returns how to put them back. */
export function takeRows(ids: ReadonlySet<Id>): () => void {
  const list = listed.value;
  if (!list) return () => undefined;
  const taken: [number, Id][] = [];
  for (let at = list.ids.length - 1; at >= 0; at--) {
    const id = list.ids[at];
    if (id === undefined || !ids.has(id)) continue;
    taken.push([at, id]);
    list.ids.splice(at, 1);
  }
  changed();
  return () => {
    if (listed.value !== list) return;
    for (const [at, id] of taken.reverse()) list.ids.splice(at, 0, id);
    changed();
  };
}

/** Reads what messages are now, after a change by someone else. */
export async function refreshKnown(ids: readonly Id[]): Promise<void> {
  if (ids.length === 0) return;
  const { list, notFound } = await server().call<GetResponse<EmailSummary>>('Email/get', {
    ids: ids.slice(0, 400),
    properties: SUMMARY,
  });
  forgetEmails(notFound);
  learn(list);
}
