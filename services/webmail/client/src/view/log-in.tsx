import { useSignal } from '@preact/signals';
import { logIn } from '../jmap/connection.ts';
import { phase, resume } from '../state/session.ts';
import { failureText } from '../state/toasts.ts';
import { t } from '../text/text.ts';

export function LogIn() {
  const problem = useSignal('');
  const busy = useSignal(false);
  const wantsCode = useSignal(false);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const code = String(form.get('code') ?? '').trim();
    busy.value = true;
    problem.value = '';
    try {
      const result = await logIn(
        String(form.get('username')).trim(),
        String(form.get('password')),
        code || undefined,
      );
      if (result === 'done') {
        await resume();
        if (phase.value !== 'loggedIn') problem.value = t().failed;
      } else if (result === 'codeWanted') {
        if (wantsCode.value) problem.value = t().wrongCode;
        wantsCode.value = true;
      } else problem.value = result === 'tooMany' ? t().tooManyLogIns : t().wrongPassword;
    } catch (error) {
      problem.value = failureText(error);
    } finally {
      busy.value = false;
    }
  };

  return (
    <main class="log-in">
      <form class="card" onSubmit={submit}>
        <img src="/icon.svg" width="56" height="56" alt="" />
        <h1>Cartero</h1>
        <p class="muted">{t().logInHint}</p>
        <label class="field">
          <span>{t().address}</span>
          <input
            name="username"
            type="text"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        </label>
        <label class="field">
          <span>{t().password}</span>
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {wantsCode.value && (
          <label class="field">
            <span>{t().code}</span>
            <input name="code" inputMode="numeric" autocomplete="one-time-code" required />
          </label>
        )}
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <button class="button primary" type="submit" disabled={busy.value}>
          {busy.value ? t().loggingIn : t().logIn}
        </button>
      </form>
    </main>
  );
}
