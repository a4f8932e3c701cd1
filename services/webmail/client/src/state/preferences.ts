import { effect, signal } from '@preact/signals';
import { LOCALES, type Locale, locale } from '../text/text.ts';

/** Of this browser, not of the account: kept in its local storage. */

export type Theme = 'system' | 'light' | 'dark';
export type ComposeMode = 'html' | 'text';

const KEY = 'cartero-preferences';

interface Stored {
  readonly theme?: Theme;
  readonly locale?: Locale;
  readonly threads?: boolean;
  readonly composeMode?: ComposeMode;
  readonly undoSeconds?: number;
  readonly collapsed?: readonly string[];
}

function read(): Stored {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Stored;
  } catch {
    return {};
  }
}

const stored = read();

export const theme = signal<Theme>(stored.theme ?? 'system');
export const threads = signal(stored.threads ?? true);
export const composeMode = signal<ComposeMode>(stored.composeMode ?? 'html');
/** How long a message waits before it leaves; 0: it cannot be called back. */
export const undoSeconds = signal(stored.undoSeconds ?? 10);
export const collapsedMailboxes = signal<ReadonlySet<string>>(new Set(stored.collapsed ?? []));
if (stored.locale && LOCALES.includes(stored.locale)) locale.value = stored.locale;

effect(() => {
  const now: Stored = {
    theme: theme.value,
    locale: locale.value,
    threads: threads.value,
    composeMode: composeMode.value,
    undoSeconds: undoSeconds.value,
    collapsed: [...collapsedMailboxes.value],
  };
  document.documentElement.dataset.theme = theme.value;
  document.documentElement.lang = locale.value;
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // A browser without storage forgets them; that is all.
  }
});
