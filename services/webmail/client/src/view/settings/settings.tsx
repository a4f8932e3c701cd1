import type { FunctionComponent } from 'preact';
import { formatRoute, go, route, type SettingsPage } from '../../state/route.ts';
import { t } from '../../text/text.ts';
import { AppPasswords } from './app-passwords.tsx';
import { Filters } from './filters.tsx';
import { General } from './general.tsx';
import { Identities } from './identities.tsx';
import { Scheduled } from './scheduled.tsx';
import { Sessions } from './sessions.tsx';
import { Vacation } from './vacation.tsx';

const PAGES: Readonly<Record<SettingsPage, FunctionComponent>> = {
  general: General,
  identities: Identities,
  vacation: Vacation,
  filters: Filters,
  scheduled: Scheduled,
  passwords: AppPasswords,
  sessions: Sessions,
};

export default function Settings() {
  const now = route.value;
  const page = now.view === 'settings' && now.page in PAGES ? (now.page as SettingsPage) : 'general';
  const Page = PAGES[page];
  return (
    <div class="settings" tabIndex={-1}>
      <nav class="settings-nav" aria-label={t().settings}>
        <ul>
          {(Object.keys(PAGES) as SettingsPage[]).map((name) => (
            <li key={name}>
              <a
                href={formatRoute({ view: 'settings', page: name })}
                aria-current={name === page ? 'page' : undefined}
                onClick={(event) => {
                  event.preventDefault();
                  go({ view: 'settings', page: name });
                }}
              >
                {t().pages[name]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section class="settings-page" aria-label={t().pages[page]}>
        <h1>{t().pages[page]}</h1>
        <Page key={page} />
      </section>
    </div>
  );
}
