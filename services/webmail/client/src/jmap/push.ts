import type { Session } from './types.ts';

/** Seconds between the server's signs of life. */
const PING_S = 30;
const RETRY_MS = [1_000, 2_000, 5_000, 15_000, 30_000];

/**
 * Tells of each change of state (RFC 8620 §7.3) until the function that it returns is called. After a gap `changed`
 * is called as well: what happened meanwhile was told to nobody.
 */
export function listen(
  session: Session,
  accountId: string,
  changed: (types: ReadonlySet<string>) => void,
): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let gap = false;

  const open = (): void => {
    const url = session.eventSourceUrl
      .replace('{types}', '*')
      .replace('{closeafter}', 'no')
      .replace('{ping}', `${PING_S}`);
    source = new EventSource(url);
    source.addEventListener('open', () => {
      failures = 0;
      if (gap) changed(new Set(['Mailbox', 'Email']));
      gap = false;
    });
    source.addEventListener('state', (event) => {
      const { changed: accounts } = JSON.parse((event as MessageEvent<string>).data) as {
        changed: Record<string, Record<string, string>>;
      };
      const types = accounts[accountId];
      if (types) changed(new Set(Object.keys(types)));
    });
    source.addEventListener('error', () => {
      gap = true;
      // A browser gives up for good after an answer that is no stream; we do not.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
