import { FRESH_MS, IDLE_POLL_MS } from '../limits.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { synchronize } from '../synchronize.ts';

/** A client that waits for news (RFC 2177). */
export interface Idling {
  readonly tag: string;
  readonly keepalive: NodeJS.Timeout;
}

export async function idle(session: ImapSession, _command: unknown, tag: string): Promise<Outcome | null> {
  const { engine, drive, gateway } = session;
  engine.idle();
  let polledAt = performance.now();
  const keepalive = setInterval(() => {
    engine.out.line('* OK Still here');
    drive.wake();
    if (performance.now() - polledAt < IDLE_POLL_MS) return;
    polledAt = performance.now();
    session.selected?.hint(0);
    session.push();
  }, gateway.config.idleKeepaliveMs);
  keepalive.unref();
  session.idling = { tag, keepalive };
  const { selected } = session;
  const always = selected !== undefined && performance.now() - selected.checkedAt > FRESH_MS;
  await synchronize(session, { expunges: true, always }).catch(() => selected?.hint(0));
  return null;
}

/** DONE. */
export async function endIdle(session: ImapSession): Promise<Outcome> {
  clearInterval(session.idling?.keepalive);
  session.idling = undefined;
  await session.selected?.synchronizing?.catch(() => undefined);
  return ok('IDLE completed');
}
