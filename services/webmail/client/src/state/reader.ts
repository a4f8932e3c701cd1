import { batch, signal } from '@preact/signals';
import type { Email, EmailSummary, GetResponse, Id, Thread } from '../jmap/types.ts';
import { setKeyword } from './actions.ts';
import { learn, SUMMARY } from './message-list.ts';
import { threads } from './preferences.ts';
import { server } from './session.ts';

export const FULL = [
  ...SUMMARY,
  'blobId',
  'cc',
  'bcc',
  'replyTo',
  'sender',
  'sentAt',
  'messageId',
  'inReplyTo',
  'references',
  'bodyStructure',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
];
export const BODY_PROPERTIES = [
  'partId',
  'blobId',
  'size',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
  'header:Content-Type:asRaw',
];
/** More text than this nobody reads in a browser; the whole is there to download. */
const MAX_BODY_BYTES = 1_000_000;

export const FULL_ARGUMENTS = {
  properties: FULL,
  bodyProperties: BODY_PROPERTIES,
  fetchAllBodyValues: true,
  maxBodyValueBytes: MAX_BODY_BYTES,
};

/** What was read lately; a message never changes but for its keywords and mailboxes. */
const full = new Map<Id, Email>();
const MAX_FULL = 50;

export interface Conversation {
  readonly id: Id;
  /** Oldest first. */
  readonly emails: readonly EmailSummary[];
  readonly expanded: ReadonlySet<Id>;
}

export const conversation = signal<Conversation | undefined>(undefined);
export const bodies = signal<ReadonlyMap<Id, Email>>(new Map());
export const readerFailed = signal<unknown>(undefined);

/** Shows the message `id` with its thread. */
export async function read(id: Id): Promise<void> {
  const before = conversation.value;
  if (before?.emails.some((one) => one.id === id) && before.expanded.has(id)) return;
  readerFailed.value = undefined;
  try {
    const { email, thread, emails } = await server().request<{
      email: GetResponse<Email>;
      thread?: GetResponse<Thread>;
      emails?: GetResponse<EmailSummary>;
    }>([
      ['Email/get', { ids: [id], ...FULL_ARGUMENTS }, 'email'],
      ...(threads.value
        ? ([
            [
              'Thread/get',
              { '#ids': { resultOf: 'email', name: 'Email/get', path: '/list/*/threadId' } },
              'thread',
            ],
            [
              'Email/get',
              {
                '#ids': { resultOf: 'thread', name: 'Thread/get', path: '/list/*/emailIds' },
                properties: SUMMARY,
              },
              'emails',
            ],
          ] as const)
        : []),
    ]);
    const [found] = email.list;
    if (!found) {
      readerFailed.value = 'gone';
      conversation.value = undefined;
      return;
    }
    keep(found);
    const all = [...(emails?.list ?? [found])].sort((a, b) => a.receivedAt.localeCompare(b.receivedAt));
    const order = new Map((thread?.list[0]?.emailIds ?? []).map((one, index) => [one, index]));
    all.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
    const newest = all.at(-1)!;
    const expanded = new Set([
      id,
      newest.id,
      ...all.filter(({ keywords }) => !keywords.$seen).map((one) => one.id),
    ]);
    batch(() => {
      learn(all);
      conversation.value = { id, emails: all, expanded };
    });
    performance.mark('message-shown');
    const others = [...expanded].filter((one) => !full.has(one)).slice(0, 20);
    if (others.length > 0) await readBodies(others);
    void setKeyword([id], '$seen', true, true);
  } catch (error) {
    readerFailed.value = error;
  }
}

export async function expand(id: Id): Promise<void> {
  const now = conversation.value;
  if (!now) return;
  const expanded = new Set(now.expanded);
  if (!expanded.delete(id)) expanded.add(id);
  conversation.value = { ...now, expanded };
  if (!full.has(id)) await readBodies([id]);
}

async function readBodies(ids: readonly Id[]): Promise<void> {
  const { list } = await server().call<GetResponse<Email>>('Email/get', { ids, ...FULL_ARGUMENTS });
  for (const email of list) keep(email);
}

/** The whole of a message, for answering it. */
export async function wholeOf(id: Id): Promise<Email> {
  if (!full.has(id)) await readBodies([id]);
  return full.get(id)!;
}

function keep(email: Email): void {
  full.delete(email.id);
  full.set(email.id, email);
  for (const oldest of full.keys()) {
    if (full.size <= MAX_FULL) break;
    full.delete(oldest);
  }
  bodies.value = new Map(full);
}

export function closeReader(): void {
  conversation.value = undefined;
  readerFailed.value = undefined;
}
