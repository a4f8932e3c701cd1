import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { type FetchItem, readFetchItems } from '../fetch-item.ts';
import { type MailboxFilter, readMailboxFilter } from '../mailbox-filter.ts';

/** RFC 5465 §5. AnnotationChange is of RFC 5257, which is not here. */
export const NOTIFY_EVENTS = [
  'MessageNew',
  'MessageExpunge',
  'FlagChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];

export interface EventGroup {
  readonly mailboxes: MailboxFilter;
  /** Empty: NONE. */
  readonly events: ReadonlySet<NotifyEvent>;
  /** What is fetched of new messages in the selected mailbox. */
  readonly fetch: readonly FetchItem[];
}

export interface NotifyCommand {
  readonly name: 'NOTIFY';
  /** Null: NOTIFY NONE. */
  readonly groups: readonly EventGroup[] | null;
  /** SET STATUS. */
  readonly status: boolean;
  /** Events were named that nobody here knows of. */
  readonly unsupported: boolean;
}

const MAX_GROUPS = 100;
const MAX_EVENTS = 64;
const MESSAGE_EVENTS: ReadonlySet<NotifyEvent> = new Set(['MessageNew', 'MessageExpunge', 'FlagChange']);

/** "SET" [SP "STATUS"] SP event-group *(SP event-group) / "NONE" */
export function readNotify(cursor: Cursor): NotifyCommand {
  const form = cursor.keyword();
  if (form === 'NONE') return { name: 'NOTIFY', groups: null, status: false, unsupported: false };
  if (form !== 'SET') throw new ImapSyntaxError('Expected SET or NONE');
  cursor.space();
  const status = !cursor.atList();
  if (status) {
    if (cursor.keyword() !== 'STATUS') throw new ImapSyntaxError('Expected STATUS or an event group');
    cursor.space();
  }
  const seen = { unsupported: false };
  const groups = [readGroup(cursor, seen)];
  while (!cursor.atEnd() && cursor.take(' ') && !cursor.atEnd()) {
    if (groups.length >= MAX_GROUPS) throw new ImapSyntaxError('Too many event groups');
    groups.push(readGroup(cursor, seen));
  }
  if (groups.filter(isOfSelected).length > 1)
    throw new ImapSyntaxError('The selected mailbox stands there twice');
  return { name: 'NOTIFY', groups, status, unsupported: seen.unsupported };
}

export function isOfSelected({ mailboxes: { filter } }: EventGroup): boolean {
  return filter === 'selected' || filter === 'selected-delayed';
}

function readGroup(cursor: Cursor, seen: { unsupported: boolean }): EventGroup {
  cursor.expect('(');
  const mailboxes = readMailboxFilter(cursor);
  if (mailboxes.filter === 'subtree-one') throw new ImapSyntaxError('Unknown mailbox filter: subtree-one');
  cursor.space();
  const events = new Set<NotifyEvent>();
  let fetch: readonly FetchItem[] = [];
  const readOne = (name: string): void => {
    const event = NOTIFY_EVENTS.find((known) => known.toUpperCase() === name);
    if (event === undefined) seen.unsupported = true;
    else events.add(event);
    if (name !== 'MESSAGENEW') return;
    const start = cursor.position;
    if (cursor.take(' ') && cursor.atList()) fetch = readFetchItems(cursor);
    else cursor.position = start;
  };
  readEvents(cursor, readOne);
  cursor.expect(')');
  const group = { mailboxes, events, fetch };
  demandSense(group);
  return group;
}

/** Without parentheses too, as in the RFC's own example (§3.1). */
function readEvents(cursor: Cursor, readOne: (name: string) => void): void {
  const listed = cursor.take('(');
  for (let events = 1; ; events += 1) {
    if (events > MAX_EVENTS) throw new ImapSyntaxError('Too many events');
    const name = cursor.keyword();
    if (!listed && events === 1 && name === 'NONE') return;
    readOne(name);
    if (cursor.atListEnd()) break;
    cursor.space();
  }
  if (listed) cursor.expect(')');
}

/** RFC 5465 §5, §6.1: what does not go together is BAD. */
function demandSense(group: EventGroup): void {
  const { events, fetch } = group;
  if (events.has('MessageNew') !== events.has('MessageExpunge'))
    throw new ImapSyntaxError('MessageNew and MessageExpunge go together');
  if (events.has('FlagChange') && !events.has('MessageNew'))
    throw new ImapSyntaxError('FlagChange goes with MessageNew and MessageExpunge');
  if (isOfSelected(group)) {
    if ([...events].some((event) => !MESSAGE_EVENTS.has(event)))
      throw new ImapSyntaxError('The selected mailbox has events of messages alone');
  } else if (fetch.length > 0)
    throw new ImapSyntaxError('Only of the selected mailbox new messages are fetched');
}
