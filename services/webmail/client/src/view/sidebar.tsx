import { signal } from '@preact/signals';
import type { Mailbox } from '../jmap/types.ts';
import type { MailboxNode } from '../model/mailbox-tree.ts';
import { compose } from '../state/compose-window.ts';
import { find, nameInRoute, tree } from '../state/mailboxes.ts';
import { collapsedMailboxes } from '../state/preferences.ts';
import { formatRoute, go, route } from '../state/route.ts';
import { mailboxName, t } from '../text/text.ts';
import { IconButton } from './button.tsx';
import { dropOn } from './drag.ts';
import { Icon, type IconName } from './icons.tsx';
import { QuotaBar } from './quota.tsx';

/** On small screens the mailboxes are behind a button. */
export const drawer = signal(false);

export function Sidebar() {
  return (
    <>
      {drawer.value && (
        <div
          class="scrim"
          onClick={() => {
            drawer.value = false;
          }}
        />
      )}
      <nav class={drawer.value ? 'sidebar open' : 'sidebar'} aria-label={t().mailboxes}>
        <button type="button" class="button primary compose-button" onClick={() => void compose()}>
          <Icon name="drafts" />
          {t().compose}
        </button>
        <ul class="mailboxes">
          {tree.value.map((node, index) => (
            <>
              <MailboxLine key={node.mailbox.id} {...node} />
              {index === 0 && !find('flagged') && <Flagged key="flagged" />}
            </>
          ))}
        </ul>
        <QuotaBar />
      </nav>
    </>
  );
}

function MailboxLine({ mailbox, depth, hasChildren }: MailboxNode) {
  const name = nameInRoute(mailbox);
  const now = route.value;
  const isCurrent = now.view === 'mailbox' && find(now.mailbox)?.id === mailbox.id;
  const count = mailbox.role === 'drafts' ? mailbox.totalEmails : mailbox.unreadEmails;
  const isCollapsed = collapsedMailboxes.value.has(mailbox.id);
  return (
    <li style={{ paddingInlineStart: `${Math.min(depth, 6) * 16}px` }} {...dropOn(mailbox)}>
      <a
        href={formatRoute({ view: 'mailbox', mailbox: name })}
        class={isCurrent ? 'mailbox current' : 'mailbox'}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={(event) => {
          event.preventDefault();
          drawer.value = false;
          go({ view: 'mailbox', mailbox: name });
        }}
      >
        <Icon name={iconOf(mailbox)} />
        <span class="mailbox-name">{mailboxName(mailbox)}</span>
        {count > 0 && (
          <span class={mailbox.role === 'drafts' ? 'count quiet' : 'count'}>
            {count.toLocaleString()}
            <span class="visually-hidden">
              {' '}
              {mailbox.role === 'drafts' ? t().draftsCount : t().unreadCount}
            </span>
          </span>
        )}
      </a>
      {hasChildren && (
        <IconButton
          class="twist"
          icon={isCollapsed ? 'right' : 'down'}
          label={isCollapsed ? t().expand(mailboxName(mailbox)) : t().collapse(mailboxName(mailbox))}
          aria-expanded={!isCollapsed}
          onClick={() => {
            const next = new Set(collapsedMailboxes.value);
            if (!next.delete(mailbox.id)) next.add(mailbox.id);
            collapsedMailboxes.value = next;
          }}
        />
      )}
    </li>
  );
}

/** What is flagged, wherever it is: there is no mailbox of it, but people look for one. */
function Flagged() {
  const now = route.value;
  const isCurrent = now.view === 'mailbox' && now.mailbox === 'flagged';
  return (
    <li>
      <a
        href={formatRoute({ view: 'mailbox', mailbox: 'flagged' })}
        class={isCurrent ? 'mailbox current' : 'mailbox'}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={() => {
          drawer.value = false;
        }}
      >
        <Icon name="flagged" />
        <span class="mailbox-name">{t().flaggedMailbox}</span>
      </a>
    </li>
  );
}

export function iconOf({ role }: Mailbox): IconName {
  return role ?? 'folder';
}
