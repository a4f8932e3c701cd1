import { type EventGroup, isOfSelected } from '../../../shared/protocol/imap/commands/notify.ts';
import type { FetchItem } from '../../../shared/protocol/imap/fetch-item.ts';

/** What a session tells of its selected mailbox, and when. */
export interface SelectedRule {
  /** New and expunged messages. False: the view stays as it is, save for what the client itself does. */
  readonly messages: boolean;
  /** Flags that others change. */
  readonly flags: boolean;
  /** Also while no command is under way. */
  readonly always: boolean;
  /** Expunges too, whatever the client's sequence numbers then mean. */
  readonly expungesAlways: boolean;
  /** What is fetched of each new message that the client did not make itself. */
  readonly fetch: readonly FetchItem[];
}

const NO_ITEMS: readonly FetchItem[] = [];

/** Until NOTIFY is used for the first time. */
export const WITHOUT_NOTIFY: SelectedRule = {
  messages: true,
  flags: true,
  always: false,
  expungesAlways: false,
  fetch: NO_ITEMS,
};

/** RFC 5465 §3.1: without the selector, as with NONE, nothing is told of the selected mailbox. */
export function selectedRule(groups: readonly EventGroup[]): SelectedRule {
  const group = groups.find(isOfSelected);
  const messages = group?.events.has('MessageNew') === true;
  return {
    messages,
    flags: group?.events.has('FlagChange') === true,
    always: messages,
    expungesAlways: messages && group!.mailboxes.filter === 'selected',
    fetch: group?.fetch ?? NO_ITEMS,
  };
}
