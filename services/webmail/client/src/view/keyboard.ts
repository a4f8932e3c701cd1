import { type KeyCommand, KeyReader } from '../model/keyboard.ts';
import { moveToRole, remove, setKeyword, targets, undo } from '../state/actions.ts';
import { compose, draft, forward, reply } from '../state/compose-window.ts';
import { positionOf, rowId, summary, total } from '../state/message-list.ts';
import { conversation } from '../state/reader.ts';
import { go, open, openId, route } from '../state/route.ts';
import { cursor, selectAll, selected, selectNone, toggle } from '../state/selection.ts';
import { helpShown } from './help-shown.ts';
import { openRow } from './message-row.tsx';
import { MOVE_EVENT } from './move-menu.tsx';

const reader = new KeyReader();

export function listenToKeys(): void {
  addEventListener('keydown', onKey);
}

/** A message's page keeps its keys to itself otherwise. */
export function forwardKeys(page: Document): void {
  page.addEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const target = event.target as HTMLElement | null;
  // What is typed into a field, an editor or a dialog is no command.
  if (target?.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable], dialog, .composer'))
    return;
  const isControl = target?.closest?.('button, a, input, summary');
  if (isControl && (event.key === 'Enter' || event.key === ' ')) return;
  if (event.key.startsWith('Arrow') && !isList(target)) return;
  const command = reader.press(event.key, event.timeStamp);
  if (command && run(command)) event.preventDefault();
}

const isList = (target: HTMLElement | null): boolean =>
  target === null || target === document.body || Boolean(target.closest?.('.list-pane'));

/** False when there is nothing to do it with. */
function run(command: KeyCommand): boolean {
  const now = route.value;
  if (
    now.view === 'settings' &&
    !command.startsWith('go') &&
    !['compose', 'help', 'search', 'back'].includes(command)
  )
    return false;
  const current = openId.value ?? cursor.value;
  const ids = targets(current);
  const last = conversation.value?.emails.at(-1)?.id ?? current;
  switch (command) {
    case 'next':
      step(1);
      return true;
    case 'previous':
      step(-1);
      return true;
    case 'open': {
      const email = cursor.value === undefined ? undefined : summary(cursor.value);
      if (email) openRow(email);
      return email !== undefined;
    }
    case 'back':
      if (selected.value.size > 0) selectNone();
      else if (now.view === 'settings') go({ view: 'mailbox', mailbox: 'inbox' });
      else open(undefined);
      return true;
    case 'compose':
      void compose();
      return true;
    case 'reply':
    case 'replyAll':
      if (last && openId.value) void reply(last, command === 'replyAll');
      return Boolean(last && openId.value);
    case 'forward':
      if (last && openId.value) void forward(last);
      return Boolean(last && openId.value);
    case 'archive':
      return act((chosen) => moveToRole(chosen, 'archive'));
    case 'delete':
      return act(remove);
    case 'junk':
      return act((chosen) => moveToRole(chosen, 'junk'));
    case 'select':
      if (current) toggle(current, false);
      return current !== undefined;
    case 'selectAll':
      selectAll();
      return true;
    case 'selectNone':
      selectNone();
      return true;
    case 'flag': {
      const isFlagged = ids.every((id) => summary(id)?.keywords.$flagged);
      void setKeyword(ids, '$flagged', !isFlagged, true);
      return ids.length > 0;
    }
    case 'read':
      void setKeyword(ids, '$seen', true);
      return ids.length > 0;
    case 'unread':
      open(undefined);
      void setKeyword(ids, '$seen', false);
      return ids.length > 0;
    case 'move':
      if (ids.length > 0) dispatchEvent(new Event(MOVE_EVENT));
      return ids.length > 0;
    case 'search':
      document.querySelector<HTMLInputElement>('#search')?.focus();
      return true;
    case 'help':
      helpShown.value = true;
      return true;
    case 'undo':
      void undo();
      return true;
    default:
      go(PLACES[command]);
      return true;
  }
}

const PLACES = {
  goInbox: { view: 'mailbox', mailbox: 'inbox' },
  goDrafts: { view: 'mailbox', mailbox: 'drafts' },
  goSent: { view: 'mailbox', mailbox: 'sent' },
  goArchive: { view: 'mailbox', mailbox: 'archive' },
  goFlagged: { view: 'mailbox', mailbox: 'flagged' },
  goTrash: { view: 'mailbox', mailbox: 'trash' },
  goJunk: { view: 'mailbox', mailbox: 'junk' },
  goSettings: { view: 'settings', page: 'general' },
} as const;

/** To the next line; while a message is open, it is the next one that opens. */
function step(by: 1 | -1): void {
  const count = total.value ?? 0;
  const from = openId.value ?? cursor.value;
  const at = from === undefined ? -1 : positionOf(from);
  const next = at < 0 ? 0 : Math.min(count - 1, Math.max(0, at + by));
  const id = rowId(next);
  if (id === undefined) return;
  cursor.value = id;
  if (openId.value !== undefined) open(id, true);
}

/** Does it with what is chosen; where that is the open message, the list comes back. */
function act(work: (ids: readonly string[]) => Promise<void>): boolean {
  if (draft.value && document.activeElement?.closest('.composer')) return false;
  const current = openId.value ?? cursor.value;
  const ids = targets(current);
  if (ids.length === 0) return false;
  const at = current === undefined ? -1 : positionOf(current);
  if (openId.value !== undefined && ids.includes(openId.value)) open(undefined, true);
  void work(ids);
  cursor.value = at < 0 ? undefined : rowId(Math.min(at, (total.value ?? 1) - 1));
  return true;
}
