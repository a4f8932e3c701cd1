import { signal } from '@preact/signals';
import type { EmailAddress, Id } from '../jmap/types.ts';
import type { Draft } from './draft.ts';
import { toastFailure } from './toasts.ts';

/** What is being written. Its code is fetched when someone begins to write. */
export const draft = signal<Draft | undefined>(undefined);

const drafts = () => import('./draft-from.ts');

/** One at a time: what was begun before is saved, and lies in Drafts. */
async function show(make: () => Promise<Draft>): Promise<void> {
  try {
    const before = draft.peek();
    if (before) await (await drafts()).leave(before);
    draft.value = await make();
  } catch (error) {
    toastFailure(error);
  }
}

export function compose(to: readonly EmailAddress[] = []): Promise<void> {
  return show(async () => (await drafts()).emptyDraft(to));
}

export function reply(id: Id, all: boolean): Promise<void> {
  return show(async () => (await drafts()).replyDraft(id, all));
}

export function forward(id: Id): Promise<void> {
  return show(async () => (await drafts()).forwardDraft(id));
}

export function openDraft(id: Id): Promise<void> {
  return show(async () => (await drafts()).savedDraft(id));
}
