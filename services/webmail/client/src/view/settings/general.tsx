import {
  type ComposeMode,
  composeMode,
  type Theme,
  theme,
  threads,
  undoSeconds,
} from '../../state/preferences.ts';
import { type Locale, locale, t } from '../../text/text.ts';

const LANGUAGES: Readonly<Record<Locale, string>> = { en: 'English', es: 'Español' };

export function General() {
  return (
    <div class="panel">
      <label class="field">
        <span>{t().language}</span>
        <select
          value={locale.value}
          onChange={(event) => {
            locale.value = event.currentTarget.value as Locale;
          }}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t().theme}</span>
        <select
          value={theme.value}
          onChange={(event) => {
            theme.value = event.currentTarget.value as Theme;
          }}
        >
          {(['system', 'light', 'dark'] as const).map((one) => (
            <option key={one} value={one}>
              {t().themes[one]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t().composeModeSetting}</span>
        <select
          value={composeMode.value}
          onChange={(event) => {
            composeMode.value = event.currentTarget.value as ComposeMode;
          }}
        >
          <option value="html">{t().asHtml}</option>
          <option value="text">{t().asText}</option>
        </select>
      </label>
      <label class="field">
        <span>{t().undoSetting}</span>
        <select
          value={String(undoSeconds.value)}
          onChange={(event) => {
            undoSeconds.value = Number(event.currentTarget.value);
          }}
        >
          {[0, 5, 10, 20, 30].map((one) => (
            <option key={one} value={String(one)}>
              {t().seconds(one)}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={threads.value}
          onChange={(event) => {
            threads.value = event.currentTarget.checked;
          }}
        />
        {t().threadsSetting}
      </label>
      <p class="muted">{t().settingsHere}</p>
    </div>
  );
}
