import { untracked, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { EmailSummary, Id } from '../jmap/types.ts';
import { displayName, hueOf, initials } from '../model/addresses.ts';
import { mediumDate } from '../model/dates.ts';
import { moveToRole, notJunk, remove, setKeyword } from '../state/actions.ts';
import { forward, openDraft, reply } from '../state/compose-window.ts';
import { byRole } from '../state/mailboxes.ts';
import { summary, version } from '../state/message-list.ts';
import { bodies, closeReader, conversation, expand, read, readerFailed } from '../state/reader.ts';
import { open, openId } from '../state/route.ts';
import { selected } from '../state/selection.ts';
import { server } from '../state/session.ts';
import { failureText } from '../state/toasts.ts';
import { region, t } from '../text/text.ts';
import { Body } from './body.tsx';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';
import { MessageHead } from './message-head.tsx';
import { MoveMenu } from './move-menu.tsx';

/** What is open: a message with those of its thread. */
export function Reader() {
  const pane = useRef<HTMLElement>(null);
  useSignalEffect(() => {
    const id = openId.value;
    untracked(() => {
      if (id === undefined) return closeReader();
      pane.current?.scrollTo(0, 0);
      void read(id);
    });
  });
  const now = conversation.value;
  const failure = readerFailed.value;
  return (
    <article
      class={openId.value === undefined ? 'reader nothing' : 'reader'}
      ref={pane}
      tabIndex={-1}
      aria-label={t().reader}
    >
      {openId.value === undefined ? (
        <div class="empty">
          <Icon name="all" />
          <p class="empty-title">{t().nothingOpen}</p>
          <p>{t().nothingOpenHint}</p>
        </div>
      ) : failure !== undefined ? (
        <div class="empty">
          <p class="empty-title">{failure === 'gone' ? t().messageGone : failureText(failure)}</p>
          <button type="button" class="button" onClick={() => open(undefined)}>
            {t().backToList}
          </button>
        </div>
      ) : now ? (
        <Conversation />
      ) : (
        <p class="muted reader-loading">{t().loading}</p>
      )}
    </article>
  );
}

function Conversation() {
  version.value;
  const { id, emails, expanded } = conversation.value!;
  const current = summary(id) ?? emails.find((one) => one.id === id)!;
  const subject = current.subject?.trim() || t().noSubject;
  const isInJunk = Boolean(current.mailboxIds[byRole('junk')?.id ?? '']);
  const after = (act: () => Promise<void>) => () => {
    open(undefined, true);
    void act();
  };
  return (
    <>
      <div class="reader-toolbar" role="toolbar" aria-label={t().messageActions}>
        <IconButton class="only-narrow" icon="back" label={t().backToList} onClick={() => open(undefined)} />
        <IconButton icon="archive" label={t().archive} onClick={after(() => moveToRole([id], 'archive'))} />
        <IconButton icon="trash" label={t().delete} onClick={after(() => remove([id]))} />
        {isInJunk ? (
          <IconButton icon="inbox" label={t().notJunk} onClick={after(() => notJunk([id]))} />
        ) : (
          <IconButton icon="junk" label={t().junk} onClick={after(() => moveToRole([id], 'junk'))} />
        )}
        {selected.value.size === 0 && <MoveMenu ids={[id]} />}
        <IconButton
          icon="unread"
          label={t().markUnread}
          onClick={after(() => setKeyword([id], '$seen', false))}
        />
      </div>
      <h1 class="subject">{subject}</h1>
      {emails.map((one) => (
        <Message
          key={one.id}
          email={summary(one.id) ?? one}
          isExpanded={expanded.has(one.id)}
          isAlone={emails.length === 1}
        />
      ))}
      <footer class="reader-answer">
        <button type="button" class="button" onClick={() => void reply(emails.at(-1)!.id, false)}>
          <Icon name="reply" />
          {t().reply}
        </button>
        <button type="button" class="button" onClick={() => void reply(emails.at(-1)!.id, true)}>
          <Icon name="replyAll" />
          {t().replyAll}
        </button>
        <button type="button" class="button" onClick={() => void forward(emails.at(-1)!.id)}>
          <Icon name="forward" />
          {t().forward}
        </button>
      </footer>
    </>
  );
}

interface MessageProps {
  readonly email: EmailSummary;
  readonly isExpanded: boolean;
  readonly isAlone: boolean;
}

function Message({ email, isExpanded, isAlone }: MessageProps) {
  const full = bodies.value.get(email.id);
  const from = email.from?.[0];
  const name = from ? displayName(from) : t().unknownSender;
  const date = mediumDate(new Date(email.receivedAt), region.value);
  return (
    <section class={isExpanded ? 'message expanded' : 'message'} aria-label={t().messageFrom(name, date)}>
      <header class="message-header">
        <button
          type="button"
          class="message-toggle"
          disabled={isAlone}
          aria-expanded={isExpanded}
          onClick={() => void expand(email.id)}
        >
          <span class={`avatar hue-${hueOf(from?.email ?? '')}`} aria-hidden="true">
            {initials(from)}
          </span>
          <span class="message-from">
            <span class="message-name">{name}</span>
            {isExpanded ? (
              <span class="muted message-address">{from && from.email !== name ? from.email : ''}</span>
            ) : (
              <span class="muted message-preview">{email.preview}</span>
            )}
          </span>
        </button>
        <time class="muted message-date" dateTime={email.receivedAt}>
          {date}
        </time>
        {isExpanded && <MessageTools email={email} blobId={full?.blobId} />}
      </header>
      {isExpanded &&
        (full ? (
          <>
            <MessageHead email={full} />
            <Body email={full} depth={0} />
          </>
        ) : (
          <p class="muted">{t().loading}</p>
        ))}
    </section>
  );
}

function MessageTools({ email, blobId }: { readonly email: EmailSummary; readonly blobId: Id | undefined }) {
  const isFlagged = Boolean(email.keywords.$flagged);
  return (
    <span class="message-tools">
      <IconButton
        class={isFlagged ? 'row-flag on' : ''}
        icon="flagged"
        filled={isFlagged}
        label={isFlagged ? t().unflag : t().flag}
        aria-pressed={isFlagged}
        onClick={() => void setKeyword([email.id], '$flagged', !isFlagged, true)}
      />
      {email.keywords.$draft ? (
        <IconButton icon="drafts" label={t().editDraft} onClick={() => void openDraft(email.id)} />
      ) : (
        <IconButton icon="reply" label={t().reply} onClick={() => void reply(email.id, false)} />
      )}
      {blobId && (
        <a
          class="icon-button"
          href={server().downloadUrl(blobId, `${email.subject ?? 'message'}.eml`, 'message/rfc822')}
          download
          aria-label={t().downloadMessage}
          title={t().downloadMessage}
        >
          <Icon name="download" />
        </a>
      )}
    </span>
  );
}
