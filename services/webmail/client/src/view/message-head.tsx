import { useSignal } from '@preact/signals';
import type { Email, EmailAddress } from '../jmap/types.ts';
import { displayName, formatAddress } from '../model/addresses.ts';
import { longDate } from '../model/dates.ts';
import { region, t } from '../text/text.ts';

/** Who, to whom, when: short, and whole when asked. */
export function MessageHead({ email }: { readonly email: Email }) {
  const details = useSignal(false);
  const to = [...(email.to ?? []), ...(email.cc ?? [])];
  return (
    <div class="head-details">
      <button
        type="button"
        class="fold"
        aria-expanded={details.value}
        onClick={() => {
          details.value = !details.value;
        }}
      >
        {to.length > 0 ? t().toList(names(to)) : t().details}
      </button>
      {details.value && (
        <dl class="fields">
          <Field label={t().from} addresses={email.from} />
          <Field label={t().replyTo} addresses={email.replyTo} />
          <Field label={t().to} addresses={email.to} />
          <Field label={t().cc} addresses={email.cc} />
          <Field label={t().bcc} addresses={email.bcc} />
          <dt>{t().date}</dt>
          <dd>{longDate(new Date(email.sentAt ?? email.receivedAt), region.value)}</dd>
          {email.messageId?.[0] && (
            <>
              <dt>Message-ID</dt>
              <dd class="code">{`<${email.messageId[0]}>`}</dd>
            </>
          )}
        </dl>
      )}
    </div>
  );
}

function Field({
  label,
  addresses,
}: {
  readonly label: string;
  readonly addresses: readonly EmailAddress[] | null;
}) {
  if (!addresses?.length) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>{addresses.map(formatAddress).join(', ')}</dd>
    </>
  );
}

function names(addresses: readonly EmailAddress[]): string {
  const shown = addresses.slice(0, 3).map(displayName).join(', ');
  return addresses.length > 3 ? `${shown} +${addresses.length - 3}` : shown;
}
