import { useSignal } from '@preact/signals';
import { ACCOUNT, Failure } from '../../jmap/connection.ts';
import type { AppPassword, GetResponse, Id, SetResponse } from '../../jmap/types.ts';
import { mediumDate, utcDate } from '../../model/dates.ts';
import { server } from '../../state/session.ts';
import { toastFailure } from '../../state/toasts.ts';
import { region, t } from '../../text/text.ts';
import { useLoaded, Waiting } from './loaded.tsx';

const SCOPES = ['imap', 'pop3', 'smtp', 'sieve', 'jmap'] as const;

export function AppPasswords() {
  const loaded = useLoaded(ACCOUNT, async () => {
    const { list } = await server().call<GetResponse<AppPassword>>('AppPassword/get', { ids: null });
    return list;
  });
  const secret = useSignal<{ readonly name: string; readonly secret: string } | undefined>(undefined);
  const problem = useSignal('');

  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const element = event.currentTarget as HTMLFormElement;
    const form = new FormData(element);
    const name = String(form.get('name')).trim();
    const until = String(form.get('until') ?? '');
    problem.value = '';
    try {
      const answer = await server().call<SetResponse<{ id: Id; secret: string }>>('AppPassword/set', {
        create: {
          new: {
            name,
            scopes: form.getAll('scope').map(String),
            ...(until ? { expiresAt: utcDate(new Date(`${until}T23:59:59`)) } : {}),
          },
        },
      });
      const error = answer.notCreated?.new;
      if (error) throw new Failure('refused', error.type, error.description ?? '');
      const made = answer.created?.new;
      if (made) secret.value = { name, secret: made.secret };
      element.reset();
      await loaded.reload();
    } catch (error) {
      toastFailure(error);
    }
  };
  const remove = async (id: Id): Promise<void> => {
    try {
      await server().call<SetResponse>('AppPassword/set', { destroy: [id] });
      await loaded.reload();
    } catch (error) {
      toastFailure(error);
    }
  };

  return (
    <>
      <p class="muted">{t().passwordsHint}</p>
      <Waiting of={loaded}>
        {(all) => (
          <>
            {secret.value && (
              <div class="panel" role="status">
                <p>
                  <strong>{secret.value.name}</strong> · {t().passwordShownOnce}
                </p>
                <code class="secret">{secret.value.secret}</code>
              </div>
            )}
            {all.length === 0 ? (
              <p class="muted">{t().noPasswords}</p>
            ) : (
              <ul class="things">
                {all.map((one) => (
                  <li key={one.id} class="thing">
                    <span class="thing-text">
                      <span>{one.name}</span>
                      <span class="muted">{describe(one)}</span>
                    </span>
                    <button type="button" class="button small" onClick={() => void remove(one.id)}>
                      {t().remove}
                      <span class="visually-hidden"> {one.name}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
            <form onSubmit={create}>
              <h2 class="form-title">{t().newPassword}</h2>
              <div class="side-by-side">
                <label class="field">
                  <span>{t().passwordName}</span>
                  <input name="name" required maxLength={100} />
                </label>
                <label class="field">
                  <span>{t().vacationTo}</span>
                  <input name="until" type="date" />
                </label>
              </div>
              <fieldset class="checks">
                <legend>{t().passwordScopes}</legend>
                {SCOPES.map((one) => (
                  <label key={one} class="check">
                    <input
                      type="checkbox"
                      name="scope"
                      value={one}
                      defaultChecked={one === 'imap' || one === 'smtp'}
                    />
                    {t().scopes[one]}
                  </label>
                ))}
              </fieldset>
              <div class="buttons">
                <button type="submit" class="button primary">
                  {t().add}
                </button>
              </div>
            </form>
          </>
        )}
      </Waiting>
    </>
  );
}

function describe({ scopes, createdAt, lastUsedAt, expiresAt }: AppPassword): string {
  const date = (one: string): string => mediumDate(new Date(one), region.value);
  return [
    scopes.map((one) => t().scopes[one as (typeof SCOPES)[number]] ?? one).join(', '),
    t().created(date(createdAt)),
    t().lastUsed(lastUsedAt ? date(lastUsedAt) : undefined),
    ...(expiresAt ? [t().expires(date(expiresAt))] : []),
  ].join(' · ');
}
