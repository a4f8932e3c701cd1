import { type Signal, useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import type { EmailAddress } from '../../jmap/types.ts';
import {
  displayName,
  formatAddress,
  isAddress,
  parseAddresses,
  uniqueAddresses,
} from '../../model/addresses.ts';
import { complete } from '../../state/completion.ts';
import { t } from '../../text/text.ts';
import { Icon } from '../icons.tsx';

interface AddressFieldProps {
  readonly label: string;
  readonly addresses: Signal<readonly EmailAddress[]>;
}

/** Between two keys. */
const WAIT_MS = 120;

/** Addresses as chips; what is typed is completed from one's own mail. */
export function AddressField({ label, addresses }: AddressFieldProps) {
  const id = useId();
  const typed = useSignal('');
  const found = useSignal<readonly EmailAddress[]>([]);
  const active = useSignal(-1);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const add = (more: readonly EmailAddress[]): void => {
    addresses.value = uniqueAddresses([...addresses.value, ...more]);
    typed.value = '';
    found.value = [];
    active.value = -1;
  };
  const commit = (): void => {
    const parsed = parseAddresses(typed.value);
    if (parsed.length > 0) add(parsed);
    else typed.value = '';
  };
  const type = (text: string): void => {
    typed.value = text;
    active.value = -1;
    clearTimeout(timer.current);
    if (/[,;\n]\s*$/.test(text)) return commit();
    timer.current = setTimeout(() => {
      complete(text, addresses.value)
        .then((answer) => {
          if (typed.value === text) found.value = answer;
        })
        .catch(() => undefined);
    }, WAIT_MS);
  };
  const onKey = (event: KeyboardEvent): void => {
    const count = found.value.length;
    if (event.key === 'ArrowDown' && count > 0) active.value = (active.value + 1) % count;
    else if (event.key === 'ArrowUp' && count > 0) active.value = (active.value - 1 + count) % count;
    else if (
      (event.key === 'Enter' || event.key === 'Tab') &&
      !event.ctrlKey &&
      !event.metaKey &&
      typed.value.trim() !== ''
    ) {
      const choice =
        found.value[active.value] ??
        (event.key === 'Enter' && !isAddress(typed.value) ? found.value[0] : undefined);
      if (choice) add([choice]);
      else commit();
    } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      // Nothing typed: Enter in this field does not send.
    } else if (event.key === 'Escape' && count > 0) found.value = [];
    else if (event.key === 'Backspace' && typed.value === '') {
      addresses.value = addresses.value.slice(0, -1);
      return;
    } else return;
    event.preventDefault();
  };

  return (
    <div class="line address-line" onClick={() => input.current?.focus()}>
      <label for={id}>{label}</label>
      <div class="chips">
        {addresses.value.map((one) => (
          <span
            key={one.email}
            class={isAddress(one.email) ? 'chip' : 'chip wrong'}
            title={formatAddress(one)}
          >
            {displayName(one)}
            <button
              type="button"
              aria-label={t().removeAddress(one.email)}
              onClick={() => {
                addresses.value = addresses.value.filter((other) => other !== one);
              }}
            >
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={id}
          class="address-input"
          type="text"
          role="combobox"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-autocomplete="list"
          aria-expanded={found.value.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={active.value >= 0 ? `${id}-${active.value}` : undefined}
          value={typed.value}
          onInput={(event) => type(event.currentTarget.value)}
          onKeyDown={onKey}
          onBlur={() => {
            // A click on a suggestion comes after.
            setTimeout(commit, 150);
          }}
        />
      </div>
      <ul
        id={`${id}-list`}
        class="suggestions"
        role="listbox"
        aria-label={t().suggestions}
        hidden={found.value.length === 0}
      >
        {found.value.map((one, index) => (
          <li
            key={one.email}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active.value}
            onPointerDown={(event) => {
              event.preventDefault();
              add([one]);
            }}
          >
            <span>{displayName(one)}</span>
            {one.name && <span class="muted">{one.email}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
