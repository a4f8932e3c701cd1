import { useSignal } from '@preact/signals';
import { mediumDate } from '../../model/dates.ts';
import { region, t } from '../../text/text.ts';
import { Dialog } from '../dialog.tsx';

interface SendLaterProps {
  readonly onClose: () => void;
  readonly onChoose: (date: Date) => void;
}

export function SendLater({ onClose, onChoose }: SendLaterProps) {
  const own = useSignal(localValue(hoursOn(new Date(), 1, 8)));
  const now = new Date();
  const choices = [
    { label: t().inOneHour, date: new Date(now.getTime() + 3_600_000) },
    { label: t().tomorrowMorning, date: hoursOn(now, 1, 8) },
    { label: t().mondayMorning, date: hoursOn(now, (8 - now.getDay()) % 7 || 7, 8) },
  ];
  return (
    <Dialog title={t().sendLater} onClose={onClose}>
      <ul class="choices">
        {choices.map(({ label, date }) => (
          <li key={label}>
            <button type="button" class="choice" onClick={() => onChoose(date)}>
              <span>{label}</span>
              <span class="muted">{mediumDate(date, region.value)}</span>
            </button>
          </li>
        ))}
      </ul>
      <form
        class="row-form"
        onSubmit={(event) => {
          event.preventDefault();
          const date = new Date(own.value);
          if (date.getTime() > Date.now()) onChoose(date);
        }}
      >
        <label class="field">
          <span>{t().atTime}</span>
          <input
            type="datetime-local"
            required
            value={own.value}
            min={localValue(now)}
            onInput={(event) => {
              own.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="button primary">
          {t().schedule}
        </button>
      </form>
    </Dialog>
  );
}

function hoursOn(now: Date, days: number, hours: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hours);
}

/** As an input of the type datetime-local has it. */
function localValue(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
