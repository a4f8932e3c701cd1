import { computed, signal } from '@preact/signals';

/** Where the reader is: the fragment of the address, so that Back and links work. */
export type Route =
  | { readonly view: 'mailbox'; readonly mailbox: string; readonly open?: string }
  | { readonly view: 'search'; readonly query: string; readonly open?: string }
  | { readonly view: 'settings'; readonly page: string };

export type SettingsPage =
  | 'general'
  | 'identities'
  | 'vacation'
  | 'filters'
  | 'passwords'
  | 'sessions'
  | 'scheduled';

/** The mailbox of a role stands by the role's name: it is there before any mailbox is known. */
const START: Route = { view: 'mailbox', mailbox: 'inbox' };

export function parseRoute(hash: string): Route {
  const [, view, first = '', open] = hash.split('/').map(decode);
  if (view === 'mailbox' && first) return { view, mailbox: first, ...(open ? { open } : {}) };
  if (view === 'search' && first) return { view, query: first, ...(open ? { open } : {}) };
  if (view === 'settings') return { view, page: first || 'general' };
  return START;
}

export function formatRoute(route: Route): string {
  const parts =
    route.view === 'settings'
      ? [route.view, route.page]
      : [
          route.view,
          route.view === 'mailbox' ? route.mailbox : route.query,
          ...(route.open ? [route.open] : []),
        ];
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

export const route = signal<Route>(parseRoute(location.hash));
addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

export function go(to: Route, replace = false): void {
  const hash = formatRoute(to);
  if (hash === location.hash) return;
  if (replace) history.replaceState(null, '', hash);
  else history.pushState(null, '', hash);
  route.value = to;
}

/** The message that is open. */
export const openId = computed(() => (route.value.view === 'settings' ? undefined : route.value.open));

export function open(id: string | undefined, replace = false): void {
  const now = route.value;
  if (now.view === 'settings') return;
  const { open: _, ...list } = now;
  go(id === undefined ? list : { ...list, open: id }, replace);
}
