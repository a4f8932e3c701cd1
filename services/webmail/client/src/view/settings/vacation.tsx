import { Failure, VACATION } from '../../jmap/connection.ts';
import type { GetResponse, SetResponse, VacationResponse } from '../../jmap/types.ts';
import { utcDate } from '../../model/dates.ts';
import { server } from '../../state/session.ts';
import { toast, toastFailure } from '../../state/toasts.ts';
import { t } from '../../text/text.ts';
import { useLoaded, Waiting } from './loaded.tsx';

export function Vacation() {
  const loaded = useLoaded(VACATION, async () => {
    const { list } = await server().call<GetResponse<VacationResponse>>('VacationResponse/get', {
      ids: ['singleton'],
    });
    return list[0];
  });
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const update = {
      isEnabled: form.has('on'),
      fromDate: dateOf(form.get('from'), 0),
      toDate: dateOf(form.get('to'), 1),
      subject: String(form.get('subject')).trim() || null,
      textBody: String(form.get('text')),
      htmlBody: null,
    };
    try {
      const answer = await server().call<SetResponse>('VacationResponse/set', {
        update: { singleton: update },
      });
      const error = answer.notUpdated?.singleton;
      if (error) throw new Failure('refused', error.type, error.description ?? '');
      toast(t().saved);
    } catch (error) {
      toastFailure(error);
    }
  };
  return (
    <>
      <p class="muted">{t().vacationHint}</p>
      <Waiting of={loaded}>
        {(now) => (
          <form onSubmit={submit}>
            <label class="check">
              <input name="on" type="checkbox" defaultChecked={now?.isEnabled ?? false} />
              {t().vacationOn}
            </label>
            <div class="side-by-side">
              <label class="field">
                <span>{t().vacationFrom}</span>
                <input name="from" type="date" defaultValue={dayOf(now?.fromDate, 0)} />
              </label>
              <label class="field">
                <span>{t().vacationTo}</span>
                <input name="to" type="date" defaultValue={dayOf(now?.toDate, 1)} />
              </label>
            </div>
            <label class="field">
              <span>{t().subject}</span>
              <input name="subject" defaultValue={now?.subject ?? ''} />
            </label>
            <label class="field">
              <span>{t().vacationText}</span>
              <textarea name="text" rows={6} defaultValue={now?.textBody ?? ''} />
            </label>
            <div class="buttons">
              <button type="submit" class="button primary">
                {t().save}
              </button>
            </div>
          </form>
        )}
      </Waiting>
    </>
  );
}

/** The beginning of a day here; the last day counts whole. */
function dateOf(value: FormDataEntryValue | null, daysAfter: number): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(String(value ?? ''));
  if (!match) return null;
  return utcDate(new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + daysAfter));
}

function dayOf(date: string | null | undefined, daysBefore: number): string {
  if (!date) return '';
  const at = new Date(date);
  const day = new Date(at.getFullYear(), at.getMonth(), at.getDate() - daysBefore, 12);
  return day.toISOString().slice(0, 10);
}
