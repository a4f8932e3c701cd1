import { signal } from '@preact/signals';
import { Failure } from '../jmap/connection.ts';
import { t } from '../text/text.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
}

const SHOWN_MS = 8_000;
const MAX_SHOWN = 3;

export const toasts = signal<readonly Toast[]>([]);
let last = 0;

export function toast(
  text: string,
  options: Partial<Pick<Toast, 'kind' | 'action'>> & { readonly ms?: number } = {},
): number {
  const id = ++last;
  const { ms = SHOWN_MS, kind = 'done', action } = options;
  toasts.value = [...toasts.value, { id, text, kind, ...(action ? { action } : {}) }].slice(-MAX_SHOWN);
  setTimeout(() => dismiss(id), ms);
  return id;
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Says in the reader's words why something did not work. */
export function toastFailure(error: unknown): void {
  if (error instanceof Failure && error.kind === 'loggedOut') return;
  toast(failureText(error), { kind: 'error' });
}

export function failureText(error: unknown): string {
  if (!(error instanceof Failure)) {
    console.error(error);
    return t().failed;
  }
  if (error.kind === 'offline') return t().offlineFailure;
  if (error.kind === 'tooLarge') return t().tooLarge;
  if (error.kind === 'tooMany') return t().tooMany;
  return t().errors[error.type as keyof ReturnType<typeof t>['errors']] ?? `${t().failed} (${error.message})`;
}
