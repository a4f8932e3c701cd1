import type { EmailAddress, EmailSummary, Id } from '../jmap/types.ts';
import { displayName, hueOf, initials, sameAddress } from '../model/addresses.ts';
import { shortDate } from '../model/dates.ts';
import { setKeyword } from '../state/actions.ts';
import { openDraft } from '../state/compose-window.ts';
import { byRole } from '../state/mailboxes.ts';
import { source, summary, threadOf, version } from '../state/message-list.ts';
import { formatRoute, open, route } from '../state/route.ts';
import { cursor, selected, toggle } from '../state/selection.ts';
import { connection } from '../state/session.ts';
import { region, t } from '../text/text.ts';
import { IconButton } from './button.tsx';
import { dragOf } from './drag.ts';
import { Icon } from './icons.tsx';

interface RowProps {
  readonly id: Id | undefined;
  readonly position: number;
  readonly top: number;
  readonly count: number;
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  readonly isCursor: boolean;
}

export function MessageRow({ id, position, top, count, isOpen, isSelected, isCursor }: RowProps) {
  version.value;
  const email = id === undefined ? undefined : summary(id);
  const place = { style: { top: `${top}px` }, 'aria-setsize': count, 'aria-posinset': position + 1 };
  if (!email) {
    return (
      <li class="row" {...place}>
        <div class="skeleton-row">
          <i />
          <span>
            <b />
            <b />
            <b />
          </span>
        </div>
      </li>
    );
  }
  const members = threadOf(email).map((one) => summary(one) ?? email);
  const isUnread = members.some(({ keywords }) => !keywords.$seen);
  const isFlagged = Boolean(email.keywords.$flagged);
  const who = people(email, members);
  const subject = email.subject?.trim() || t().noSubject;
  const classes = [
    'row',
    isUnread && 'unread',
    isOpen && 'open',
    isSelected && 'selected',
    isCursor && 'cursor',
  ];
  return (
    <li class={classes.filter(Boolean).join(' ')} {...place} {...dragOf(email.id)}>
      <label class="row-check">
        <span class={`avatar hue-${hueOf(who[0]?.email ?? '')}`} aria-hidden="true">
          {initials(who[0])}
        </span>
        <input
          type="checkbox"
          checked={isSelected}
          aria-label={t().selectMessage(subject)}
          onClick={(event) => toggle(email.id, event.shiftKey)}
        />
      </label>
      <a
        class="row-link"
        href={formatRoute({ ...(route.value as { view: 'mailbox'; mailbox: string }), open: email.id })}
        aria-current={isOpen ? 'true' : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey) return;
          event.preventDefault();
          openRow(email);
        }}
      >
        <span class="row-top">
          <span class="row-who">
            {isUnread && <span class="visually-hidden">{t().unread}: </span>}
            {whoText(who, email)}
          </span>
          {members.length > 1 && <span class="row-count">{members.length}</span>}
          {email.hasAttachment && (
            <span class="row-clip" title={t().hasAttachment}>
              <Icon name="attachment" />
              <span class="visually-hidden">{t().hasAttachment}</span>
            </span>
          )}
          <time class="row-date" dateTime={email.receivedAt}>
            {shortDate(new Date(email.receivedAt), new Date(), region.value)}
          </time>
        </span>
        <span class="row-subject">{subject}</span>
        <span class="row-preview">{email.preview}</span>
      </a>
      <IconButton
        class={isFlagged ? 'row-flag on' : 'row-flag'}
        icon="flagged"
        filled={isFlagged}
        label={isFlagged ? t().unflag : t().flag}
        aria-pressed={isFlagged}
        onClick={() => void setKeyword([email.id], '$flagged', !isFlagged, true)}
      />
    </li>
  );
}

/** A draft is opened for writing, everything else for reading. */
export function openRow(email: EmailSummary): void {
  cursor.value = email.id;
  if (email.keywords.$draft && email.mailboxIds[byRole('drafts')?.id ?? '']) void openDraft(email.id);
  else open(email.id, false);
}

/** Who is named: the others of a thread; in Sent and Drafts, to whom it goes. */
function people(email: EmailSummary, members: readonly EmailSummary[]): readonly EmailAddress[] {
  const outgoing = source.value?.mailboxId;
  if (outgoing && (outgoing === byRole('sent')?.id || outgoing === byRole('drafts')?.id))
    return email.to ?? [];
  const seen = new Map<string, EmailAddress>();
  for (const member of members) for (const one of member.from ?? []) seen.set(one.email.toLowerCase(), one);
  return seen.size > 0 ? [...seen.values()] : (email.from ?? []);
}

function whoText(who: readonly EmailAddress[], email: EmailSummary): string {
  const own = connection.value?.session.username ?? '';
  if (who.length === 0) return email.keywords.$draft ? t().noRecipient : t().unknownSender;
  const names = who.map((one) =>
    sameAddress(one.email, own)
      ? t().me
      : who.length > 1
        ? displayName(one).split(/[\s@]/)[0]!
        : displayName(one),
  );
  return names.length <= 3 ? names.join(', ') : `${names[0]} … ${names.slice(-2).join(', ')}`;
}

export const isSelecting = (): boolean => selected.value.size > 0;
