import { useSignal } from '@preact/signals';
import { Failure, SUBMISSION } from '../../jmap/connection.ts';
import type { Identity, SetResponse } from '../../jmap/types.ts';
import { escapeHtml } from '../../model/reply.ts';
import { identities, loadIdentities } from '../../state/identities.ts';
import { server } from '../../state/session.ts';
import { toast, toastFailure } from '../../state/toasts.ts';
import { t } from '../../text/text.ts';
import { htmlToText, sanitizeHtml } from '../sanitize.ts';
import { useLoaded, Waiting } from './loaded.tsx';

export function Identities() {
  const loaded = useLoaded(SUBMISSION, async () => {
    await loadIdentities();
    return true;
  });
  const adding = useSignal(false);
  return (
    <>
      <p class="muted">{t().identityHint}</p>
      <Waiting of={loaded}>
        {() => (
          <>
            {identities.value.map((one) => (
              <IdentityForm key={one.id} identity={one} onDone={loaded.reload} />
            ))}
            {adding.value ? (
              <IdentityForm
                identity={undefined}
                onDone={async () => {
                  adding.value = false;
                  await loaded.reload();
                }}
              />
            ) : (
              <div class="buttons">
                <button
                  type="button"
                  class="button"
                  onClick={() => {
                    adding.value = true;
                  }}
                >
                  {t().newIdentity}
                </button>
              </div>
            )}
          </>
        )}
      </Waiting>
    </>
  );
}

interface IdentityFormProps {
  readonly identity: Identity | undefined;
  readonly onDone: () => Promise<void>;
}

function IdentityForm({ identity, onDone }: IdentityFormProps) {
  const set = async (args: Readonly<Record<string, unknown>>): Promise<void> => {
    try {
      const answer = await server().call<SetResponse>('Identity/set', args);
      const [error] = [answer.notCreated, answer.notUpdated, answer.notDestroyed].flatMap((one) =>
        Object.values(one ?? {}),
      );
      if (error) throw new Failure('refused', error.type, error.description ?? '');
      toast(t().saved);
      await onDone();
    } catch (error) {
      toastFailure(error);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = String(form.get('signature'));
    const values = {
      name: String(form.get('name')).trim(),
      textSignature: text,
      htmlSignature: escapeHtml(text).replace(/\r?\n/g, '<br>'),
    };
    void set(
      identity
        ? { update: { [identity.id]: values } }
        : { create: { new: { ...values, email: String(form.get('email')).trim() } } },
    );
  };
  return (
    <form onSubmit={submit}>
      <div class="side-by-side">
        <label class="field">
          <span>{t().name}</span>
          <input name="name" autocomplete="name" defaultValue={identity?.name ?? ''} />
        </label>
        <label class="field">
          <span>{t().address}</span>
          <input
            name="email"
            type="email"
            required
            defaultValue={identity?.email ?? server().session.username}
            readOnly={identity !== undefined}
          />
        </label>
      </div>
      <label class="field">
        <span>{t().signature}</span>
        <textarea name="signature" rows={3} defaultValue={signatureText(identity)} />
      </label>
      <div class="buttons">
        <button type="submit" class="button primary">
          {t().save}
        </button>
        {identity?.mayDelete && (
          <button type="button" class="button danger" onClick={() => void set({ destroy: [identity.id] })}>
            {t().deleteIdentity}
          </button>
        )}
      </div>
    </form>
  );
}

/** Written elsewhere, it may be there as HTML alone. */
function signatureText(identity: Identity | undefined): string {
  if (!identity) return '';
  if (identity.textSignature || !identity.htmlSignature) return identity.textSignature;
  return htmlToText(
    sanitizeHtml(identity.htmlSignature, { urlOfCid: () => undefined, allowRemote: false }).fragment,
  );
}
