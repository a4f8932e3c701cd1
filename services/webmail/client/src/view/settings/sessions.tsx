import { ACCOUNT, Failure } from '../../jmap/connection.ts';
import type { GetResponse, Id, LogIn, SetResponse } from '../../jmap/types.ts';
import { mediumDate } from '../../model/dates.ts';
import { server } from '../../state/session.ts';
import { toast, toastFailure } from '../../state/toasts.ts';
import { region, t } from '../../text/text.ts';
import { useLoaded, Waiting } from './loaded.tsx';

export function Sessions() {
  const loaded = useLoaded(ACCOUNT, async () => {
    const { list } = await server().call<GetResponse<LogIn>>('LogIn/get', { ids: null });
    return [...list].sort(
      (a, b) => Number(b.current) - Number(a.current) || b.startedAt.localeCompare(a.startedAt),
    );
  });
  const end = async (id: Id): Promise<void> => {
    try {
      const answer = await server().call<SetResponse>('LogIn/set', { destroy: [id] });
      const error = answer.notDestroyed?.[id];
      if (error) throw new Failure('refused', error.type, error.description ?? '');
      toast(t().sessionEnded);
      await loaded.reload();
    } catch (error) {
      toastFailure(error);
    }
  };
  return (
    <>
      <p class="muted">{t().sessionsHint}</p>
      <Waiting of={loaded}>
        {(all) => (
          <ul class="things">
            {all.map((one) => (
              <li key={one.id} class="thing">
                <span class="thing-text">
                  <span>
                    {programOf(one)} {one.current && <span class="tag">{t().thisSession}</span>}
                  </span>
                  <span class="muted">
                    {[
                      one.remoteAddress,
                      t().since(mediumDate(new Date(one.startedAt), region.value)),
                      ...(one.lastSeenAt
                        ? [t().lastSeen(mediumDate(new Date(one.lastSeenAt), region.value))]
                        : []),
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </span>
                </span>
                {!one.current && (
                  <button type="button" class="button small" onClick={() => void end(one.id)}>
                    {t().endSession}
                    <span class="visually-hidden"> {programOf(one)}</span>
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Waiting>
    </>
  );
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Firefox\/\d+/, 'Firefox'],
  [/Edg\/\d+/, 'Edge'],
  [/Chrom(?:e|ium)\/\d+/, 'Chrome'],
  [/Safari\/\d+/, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS/, 'macOS'],
  [/Linux/, 'Linux'],
];

function programOf({ protocol, userAgent }: LogIn): string {
  const named = (table: typeof BROWSERS): string | undefined =>
    table.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const program = [named(BROWSERS), named(SYSTEMS)].filter(Boolean).join(', ') || userAgent || '';
  const kind =
    protocol.toLowerCase() === 'http' || protocol.toLowerCase() === 'web' ? 'Web' : protocol.toUpperCase();
  return program ? `${kind} · ${program}` : kind;
}
