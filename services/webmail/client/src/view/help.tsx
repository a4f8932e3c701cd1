import { KEYS, type KeyCommand } from '../model/keyboard.ts';
import { t } from '../text/text.ts';
import { Dialog } from './dialog.tsx';
import { helpShown } from './help-shown.ts';

/** The keys, and what can be written into the search field. */
export default function Help() {
  const keys = new Map<KeyCommand, string[]>();
  for (const [key, command] of Object.entries(KEYS)) keys.set(command, [...(keys.get(command) ?? []), key]);
  return (
    <Dialog
      title={t().keyboard}
      onClose={() => {
        helpShown.value = false;
      }}
      wide
    >
      <dl class="keys">
        {[...keys].map(([command, all]) => (
          <div key={command}>
            <dt>
              {all.map((key, index) => (
                <>
                  {index > 0 && ' / '}
                  {key.split(' ').map((one) => (
                    <kbd key={one}>{SHOWN[one] ?? one}</kbd>
                  ))}
                </>
              ))}
            </dt>
            <dd>{t().commands[command]}</dd>
          </div>
        ))}
      </dl>
      <h3>{t().searchHelp}</h3>
      <p class="search-help">
        {[
          'from:ana',
          'to:bob',
          'subject:"two words"',
          'has:attachment',
          'is:unread',
          'is:flagged',
          'in:archive',
          'before:2026-01-31',
          'after:2025-12-01',
          'larger:5M',
          '-word',
        ].map((one) => (
          <code key={one}>{one}</code>
        ))}
      </p>
    </Dialog>
  );
}

const SHOWN: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  Enter: '↵',
  Escape: 'Esc',
  Delete: 'Del',
};
