import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { formatAddress } from '../../model/addresses.ts';
import { mediumDate } from '../../model/dates.ts';
import { textAsHtml } from '../../model/reply.ts';
import { offerUndo } from '../../state/actions.ts';
import { draft as shown } from '../../state/compose-window.ts';
import type { Draft } from '../../state/draft.ts';
import { identities } from '../../state/identities.ts';
import { undoSeconds } from '../../state/preferences.ts';
import { toast, toastFailure } from '../../state/toasts.ts';
import { region, t } from '../../text/text.ts';
import { IconButton } from '../button.tsx';
import { Icon } from '../icons.tsx';
import { AddressField } from './address-field.tsx';
import { AttachmentList } from './attachment-list.tsx';
import { RichEditor } from './rich-editor.tsx';
import { SendLater } from './send-later.tsx';

/** After the last change. */
const SAVE_MS = 2_000;

export default function Composer({ draft }: { readonly draft: Draft }) {
  const form = useRef<HTMLFormElement>(null);
  const showCopies = useSignal(draft.cc.value.length + draft.bcc.value.length > 0);
  const later = useSignal(false);
  const sending = useSignal(false);
  const dragging = useSignal(false);
  const problem = useSignal('');

  useSignalEffect(() => {
    // Read, so that a change of any of them starts the clock again.
    [draft.to, draft.cc, draft.bcc, draft.subject, draft.content, draft.attachments, draft.identityId].map(
      (one) => one.value,
    );
    const timer = setTimeout(() => {
      if (!sending.peek() && !draft.uploading) draft.save().catch(() => undefined);
    }, SAVE_MS);
    return () => clearTimeout(timer);
  });
  useEffect(() => {
    const first = draft.to.value.length === 0 ? '.address-input' : '.editor-focus';
    form.current?.querySelector<HTMLElement>(first)?.focus();
  }, []);

  const close = async (): Promise<void> => {
    shown.value = undefined;
    if (!draft.isChanged) return;
    try {
      await draft.save();
      toast(t().draftSaved);
    } catch (error) {
      shown.value = draft;
      toastFailure(error);
    }
  };
  const discard = (): void => {
    shown.value = undefined;
    draft
      .discard()
      .then(() => toast(t().draftDiscarded))
      .catch(toastFailure);
  };
  const send = async (at?: Date): Promise<void> => {
    problem.value = '';
    if (draft.recipients.length === 0) problem.value = t().needRecipient;
    else if (draft.wrongAddresses.length > 0)
      problem.value = t().wrongAddresses(draft.wrongAddresses.join(', '));
    else if (draft.uploading) problem.value = t().stillUploading;
    if (problem.value || sending.value) return;
    sending.value = true;
    try {
      const callBack = await draft.send({ ...(at ? { at } : {}), holdSeconds: undoSeconds.value });
      shown.value = undefined;
      const text = at ? t().scheduledFor(mediumDate(at, region.value)) : t().sent;
      if (!at && undoSeconds.value === 0) toast(text);
      else {
        const ms = at ? undefined : Math.max(1, undoSeconds.value - 1) * 1000;
        const back = async (): Promise<void> => {
          await callBack();
          shown.value = draft;
        };
        offerUndo(text, back, ms);
      }
    } catch (error) {
      toastFailure(error);
    } finally {
      sending.value = false;
    }
  };

  return (
    <section
      class={dragging.value ? 'composer dragging' : 'composer'}
      role="dialog"
      aria-label={draft.subject.value || t().newMessage}
    >
      <div class="composer-header">
        <h2>{draft.subject.value || t().newMessage}</h2>
        <span class="muted save-state" role="status">
          {{ no: '', saving: t().saving, yes: t().savedState, failed: t().saveFailed }[draft.saved.value]}
        </span>
        <IconButton icon="close" label={t().closeAndSave} onClick={() => void close()} />
      </div>
      <form
        ref={form}
        class="composer-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void send();
          } else if (event.key === 'Escape' && !event.defaultPrevented) void close();
        }}
        onDragOver={(event) => {
          if (!event.dataTransfer?.types.includes('Files')) return;
          event.preventDefault();
          dragging.value = true;
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) dragging.value = false;
        }}
        onDrop={(event) => {
          dragging.value = false;
          if (!event.dataTransfer?.files.length) return;
          event.preventDefault();
          draft.attach(event.dataTransfer.files);
        }}
      >
        {identities.value.length > 1 && (
          <label class="line">
            <span>{t().from}</span>
            <select
              value={draft.identityId.value}
              onChange={(event) => {
                draft.identityId.value = event.currentTarget.value;
              }}
            >
              {identities.value.map((one) => (
                <option key={one.id} value={one.id}>
                  {formatAddress({ name: one.name, email: one.email })}
                </option>
              ))}
            </select>
          </label>
        )}
        <div class="line-with-button">
          <AddressField label={t().to} addresses={draft.to} />
          {!showCopies.value && (
            <button
              type="button"
              class="text-button"
              onClick={() => {
                showCopies.value = true;
              }}
            >
              {t().addCopies}
            </button>
          )}
        </div>
        {showCopies.value && <AddressField label={t().cc} addresses={draft.cc} />}
        {showCopies.value && <AddressField label={t().bcc} addresses={draft.bcc} />}
        <label class="line">
          <span>{t().subject}</span>
          <input
            type="text"
            value={draft.subject.value}
            onInput={(event) => {
              draft.subject.value = event.currentTarget.value;
            }}
          />
        </label>
        {draft.mode.value === 'html' ? (
          <RichEditor draft={draft} />
        ) : (
          <textarea
            class="text-editor editor-focus"
            aria-label={t().messageText}
            value={draft.content.value}
            onInput={(event) => {
              draft.content.value = event.currentTarget.value;
            }}
            ref={(element) => {
              if (element && document.activeElement !== element) element.setSelectionRange(0, 0);
            }}
          />
        )}
        <AttachmentList draft={draft} />
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="composer-footer">
          <button type="submit" class="button primary" disabled={sending.value}>
            {sending.value ? t().sending : t().send}
          </button>
          <IconButton
            icon="clock"
            label={t().sendLater}
            aria-haspopup="dialog"
            onClick={() => {
              later.value = true;
            }}
          />
          <label class="icon-button" title={t().attach}>
            <Icon name="attachment" />
            <span class="visually-hidden">{t().attach}</span>
            <input
              type="file"
              multiple
              class="visually-hidden"
              onChange={(event) => {
                draft.attach(event.currentTarget.files ?? []);
                event.currentTarget.value = '';
              }}
            />
          </label>
          <button type="button" class="text-button" onClick={() => switchMode(draft)}>
            {draft.mode.value === 'html' ? t().asText : t().asHtml}
          </button>
          <span class="space" />
          <IconButton icon="trash" label={t().discardDraft} onClick={discard} />
        </div>
      </form>
      {later.value && (
        <SendLater
          onClose={() => {
            later.value = false;
          }}
          onChoose={(date) => {
            later.value = false;
            void send(date);
          }}
        />
      )}
    </section>
  );
}

async function switchMode(draft: Draft): Promise<void> {
  if (draft.mode.value === 'text') {
    draft.content.value = textAsHtml(draft.content.value);
    draft.mode.value = 'html';
    return;
  }
  const { htmlToText, sanitizeHtml } = await import('../sanitize.ts');
  const { fragment } = sanitizeHtml(draft.content.value, { urlOfCid: () => undefined, allowRemote: false });
  draft.content.value = htmlToText(fragment);
  draft.mode.value = 'text';
}
