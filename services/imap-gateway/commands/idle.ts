import { FRESH_MS } from '../limits.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { synchronize } from '../synchronize.ts';

/** A client that waits for news (RFC 2177). */
export interface Idling {
  readonly tag: string;
}

export async function idle(session: ImapSession, _command: unknown, tag: string): Promise<Outcome | null> {
  const { engine, gateway, selected } = session;
  engine.idle();
  gateway.ticker.idles(session);
  session.idling = { tag };
  const always = selected !== undefined && performance.now() - selected.checkedAt > FRESH_MS;
  await synchronize(session, { expunges: true, always }).catch(() => selected?.hint(0));
  return null;
}

/** DONE. */
export async function endIdle(session: ImapSession): Promise<Outcome> {
  session.gateway.ticker.idlesNoMore(session);
  session.idling = undefined;
  await session.selected?.synchronizing?.catch(() => undefined);
  return ok('IDLE completed');
}
