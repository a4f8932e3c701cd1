import { useSignal, useSignalEffect } from '@preact/signals';
import { go, route } from '../state/route.ts';
import { t } from '../text/text.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';

export function SearchField() {
  const typed = useSignal('');
  useSignalEffect(() => {
    typed.value = route.value.view === 'search' ? route.value.query : '';
  });
  return (
    <search>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          const query = typed.value.trim();
          if (query) go({ view: 'search', query });
          else go({ view: 'mailbox', mailbox: 'inbox' });
          (event.currentTarget.querySelector('input') as HTMLInputElement).blur();
        }}
      >
        <Icon name="search" />
        <input
          id="search"
          type="text"
          inputMode="search"
          enterKeyHint="search"
          autocomplete="off"
          aria-label={t().search}
          placeholder={t().searchPlaceholder}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
        {typed.value !== '' && (
          <IconButton
            icon="close"
            label={t().clearSearch}
            onClick={() => {
              typed.value = '';
              if (route.value.view === 'search') go({ view: 'mailbox', mailbox: 'inbox' });
            }}
          />
        )}
      </form>
    </search>
  );
}
