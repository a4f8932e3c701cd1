import { moveToRole, notJunk, remove, setKeyword } from '../state/actions.ts';
import { byRole, find } from '../state/mailboxes.ts';
import { idsListed, source, summary, total, version } from '../state/message-list.ts';
import { route } from '../state/route.ts';
import { selectAll, selected, selectNone } from '../state/selection.ts';
import { t } from '../text/text.ts';
import { IconButton } from './button.tsx';
import { MoveMenu } from './move-menu.tsx';

/** The list's head; while lines are chosen, what can be done with them. */
export function ListToolbar({ title }: { readonly title: string }) {
  version.value;
  const chosen = [...selected.value];
  const now = route.value;
  if (chosen.length === 0) {
    const mailbox = now.view === 'mailbox' ? find(now.mailbox) : undefined;
    return (
      <header class="list-toolbar">
        <input
          type="checkbox"
          class="select-all"
          aria-label={t().selectAll}
          checked={false}
          disabled={(total.value ?? 0) === 0}
          onClick={selectAll}
        />
        <h1>{title}</h1>
        <span class="muted">{summaryOf(mailbox?.unreadEmails)}</span>
      </header>
    );
  }
  const inJunk = source.value?.mailboxId !== undefined && source.value.mailboxId === byRole('junk')?.id;
  const anyUnread = chosen.some((id) => !summary(id)?.keywords.$seen);
  const anyPlain = chosen.some((id) => !summary(id)?.keywords.$flagged);
  return (
    <div class="list-toolbar selecting" role="toolbar" aria-label={t().selectedMessages}>
      <input
        type="checkbox"
        class="select-all"
        aria-label={t().selectNone}
        checked
        ref={(element) => {
          if (element) element.indeterminate = chosen.length < idsListed().length;
        }}
        onClick={selectNone}
      />
      <h1 class="visually-hidden">{title}</h1>
      <span class="chosen" aria-live="polite">
        {t().selectedCount(chosen.length)}
      </span>
      <IconButton icon="archive" label={t().archive} onClick={() => void moveToRole(chosen, 'archive')} />
      <IconButton icon="trash" label={t().delete} onClick={() => void remove(chosen)} />
      {inJunk ? (
        <IconButton icon="inbox" label={t().notJunk} onClick={() => void notJunk(chosen)} />
      ) : (
        <IconButton icon="junk" label={t().junk} onClick={() => void moveToRole(chosen, 'junk')} />
      )}
      <MoveMenu ids={chosen} />
      <IconButton
        icon={anyUnread ? 'read' : 'unread'}
        label={anyUnread ? t().markRead : t().markUnread}
        onClick={() => void setKeyword(chosen, '$seen', anyUnread)}
      />
      <IconButton
        icon="flagged"
        filled={!anyPlain}
        label={anyPlain ? t().flag : t().unflag}
        onClick={() => void setKeyword(chosen, '$flagged', anyPlain)}
      />
    </div>
  );
}

function summaryOf(unread: number | undefined): string {
  const count = total.value;
  if (count === undefined) return '';
  return unread ? t().listCountUnread(count, unread) : t().listCount(count);
}
