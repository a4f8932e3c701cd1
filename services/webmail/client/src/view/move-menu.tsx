import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Id, Mailbox, SetResponse } from '../jmap/types.ts';
import { pathOf } from '../model/search-query.ts';
import { move } from '../state/actions.ts';
import { byId, loadMailboxes, mailboxes } from '../state/mailboxes.ts';
import { source } from '../state/message-list.ts';
import { server } from '../state/session.ts';
import { toastFailure } from '../state/toasts.ts';
import { mailboxName, t } from '../text/text.ts';
import { IconButton } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** The keyboard opens it as well. */
export const MOVE_EVENT = 'cartero-move';

/** A list of mailboxes, narrowed as one types; a name that is none yet becomes a new one. */
export function MoveMenu({ ids }: { readonly ids: readonly Id[] }) {
  const isOpen = useSignal(false);
  useEffect(() => {
    const show = (): void => {
      isOpen.value = true;
    };
    addEventListener(MOVE_EVENT, show);
    return () => removeEventListener(MOVE_EVENT, show);
  }, []);
  return (
    <>
      <IconButton
        icon="move"
        label={t().move}
        aria-haspopup="dialog"
        onClick={() => {
          isOpen.value = true;
        }}
      />
      {isOpen.value && (
        <MoveDialog
          ids={ids}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}

function MoveDialog({ ids, onClose }: { readonly ids: readonly Id[]; readonly onClose: () => void }) {
  const typed = useSignal('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const all = mailboxes.value ?? [];
  const wanted = typed.value.trim().toLowerCase();
  const here = source.value?.mailboxId;
  const label = (mailbox: Mailbox): string => (mailbox.role ? mailboxName(mailbox) : pathOf(mailbox, all));
  const found = all
    .filter((one) => one.id !== here && one.role !== 'drafts' && label(one).toLowerCase().includes(wanted))
    .slice(0, 200);
  const choose = (mailbox: Mailbox): void => {
    onClose();
    void move(ids, mailbox, t().moved(ids.length, mailboxName(mailbox)));
  };
  const create = async (): Promise<void> => {
    try {
      const answer = await server().call<SetResponse>('Mailbox/set', {
        create: { new: { name: typed.value.trim() } },
      });
      await loadMailboxes();
      const made = byId(answer.created?.new?.id ?? '');
      if (made) choose(made);
    } catch (error) {
      toastFailure(error);
    }
  };
  return (
    <Dialog title={t().moveTo} onClose={onClose}>
      <form
        class="move-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0]) choose(found[0]);
          else if (wanted) void create();
        }}
      >
        <input
          ref={input}
          class="input"
          type="text"
          aria-label={t().filterMailboxes}
          placeholder={t().filterMailboxes}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <ul class="choices">
          {found.map((mailbox) => (
            <li key={mailbox.id}>
              <button type="button" class="choice" onClick={() => choose(mailbox)}>
                {label(mailbox)}
              </button>
            </li>
          ))}
          {wanted && !found.some((one) => label(one).toLowerCase() === wanted) && (
            <li>
              <button type="button" class="choice new" onClick={() => void create()}>
                {t().newMailbox(typed.value.trim())}
              </button>
            </li>
          )}
        </ul>
      </form>
    </Dialog>
  );
}
