import { useEffect } from 'preact/hooks';
import { compose, draft } from '../state/compose-window.ts';
import { stayLive } from '../state/live.ts';
import { byRole, loadMailboxes } from '../state/mailboxes.ts';
import { go, openId, route } from '../state/route.ts';
import { connection, logOut, online, phase, resume } from '../state/session.ts';
import { toastFailure } from '../state/toasts.ts';
import { t } from '../text/text.ts';
import { IconButton } from './button.tsx';
import { helpShown } from './help-shown.ts';
import { Icon } from './icons.tsx';
import { lazy } from './lazy.tsx';
import { LogIn } from './log-in.tsx';
import { heading, MessageList } from './message-list.tsx';
import { loadQuota } from './quota.tsx';
import { Reader } from './reader.tsx';
import { SearchField } from './search-field.tsx';
import { drawer, Sidebar } from './sidebar.tsx';
import { Toasts } from './toasts.tsx';

const Composer = lazy(() => import('./compose/composer.tsx'));
const Settings = lazy(() => import('./settings/settings.tsx'));
const Help = lazy(() => import('./help.tsx'));

export function App() {
  return (
    <>
      {phase.value === 'loggedIn' && <Mail />}
      {phase.value === 'loggedOut' && <LogIn />}
      {phase.value === 'unreachable' && <Unreachable />}
      <Toasts />
    </>
  );
}

function Mail() {
  useEffect(() => {
    loadMailboxes().catch(toastFailure);
    loadQuota().catch(() => undefined);
    return stayLive();
  }, []);
  const unread = byRole('inbox')?.unreadEmails ?? 0;
  const title = `${unread > 0 ? `(${unread}) ` : ''}${route.value.view === 'settings' ? t().settings : heading()} · Cartero`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  const isSettings = route.value.view === 'settings';
  const place = isSettings ? 'settings' : openId.value === undefined ? 'list' : 'reading';
  return (
    <div class="mail" data-place={place}>
      <header class="top">
        <a
          class="skip"
          href="#main"
          onClick={(event) => {
            event.preventDefault();
            document.querySelector<HTMLElement>('.list-scroller, .settings')?.focus();
          }}
        >
          {t().skip}
        </a>
        <IconButton
          class="drawer-button"
          icon="menu"
          label={t().mailboxes}
          aria-expanded={drawer.value}
          onClick={() => {
            drawer.value = !drawer.value;
          }}
        />
        <span class="brand">
          <img src="/icon.svg" width="28" height="28" alt="" />
          Cartero
        </span>
        <SearchField />
        {!online.value && (
          <span class="offline" role="status">
            {t().offline}
          </span>
        )}
        <span class="top-actions">
          <IconButton
            class="only-wide"
            icon="help"
            label={t().keyboard}
            onClick={() => {
              helpShown.value = true;
            }}
          />
          <IconButton
            icon="settings"
            label={t().settings}
            aria-current={isSettings ? 'page' : undefined}
            onClick={() => go({ view: 'settings', page: 'general' })}
          />
          <IconButton
            icon="logOut"
            label={t().logOut(connection.value?.session.username ?? '')}
            onClick={() => void logOut()}
          />
        </span>
      </header>
      <Sidebar />
      <main id="main" class="main">
        {isSettings ? (
          <Settings />
        ) : (
          <>
            <MessageList />
            <Reader />
          </>
        )}
      </main>
      <button
        type="button"
        class="button primary floating"
        aria-label={t().compose}
        onClick={() => void compose()}
      >
        <Icon name="drafts" />
      </button>
      {draft.value && <Composer key={draft.value.key} draft={draft.value} />}
      {helpShown.value && <Help />}
    </div>
  );
}

function Unreachable() {
  return (
    <main class="log-in">
      <div class="card">
        <h1>Cartero</h1>
        <p>{t().unreachable}</p>
        <button type="button" class="button primary" onClick={() => void resume()}>
          {t().tryAgain}
        </button>
      </div>
    </main>
  );
}
