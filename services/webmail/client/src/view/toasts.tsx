import { dismiss, toasts } from '../state/toasts.ts';
import { t } from '../text/text.ts';
import { IconButton } from './button.tsx';

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind, action }) => (
        <div key={id} class={`toast ${kind}`}>
          <span class="toast-text">{text}</span>
          {action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton icon="close" label={t().close} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
