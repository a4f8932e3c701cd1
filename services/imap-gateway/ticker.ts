import { IDLE_POLL_MS, IN_PROGRESS_MS } from './limits.ts';
import type { ImapSession } from './session.ts';

interface Idler {
  /** When it hears from us next, and when it was last brought up to date without a hint (`performance.now()`). */
  nextAt: number;
  polledAt: number;
}

/** A client that idles hears from us at most this part of the interval late. */
const TICKS_AN_INTERVAL = 8;

/** One pair of timers for all sessions of a gateway: an idle connection has none of its own. */
export class Ticker {
  readonly #idlers = new Map<ImapSession, Idler>();
  /** Clients that listen without IDLE (NOTIFY), and when they were last brought up to date without a hint. */
  readonly #listeners = new Map<ImapSession, number>();
  readonly #keepaliveMs: number;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(keepaliveMs: number, sessions: () => Iterable<ImapSession>) {
    this.#keepaliveMs = keepaliveMs;
    this.#timers = [
      setInterval(() => this.#keepAlive(), Math.max(1, keepaliveMs / TICKS_AN_INTERVAL)),
      setInterval(() => {
        const before = performance.now() - IN_PROGRESS_MS;
        for (const session of sessions()) session.tellProgress(before);
      }, IN_PROGRESS_MS / 2),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  idles(session: ImapSession): void {
    const now = performance.now();
    this.#idlers.set(session, { nextAt: now + this.#keepaliveMs, polledAt: now });
  }

  idlesNoMore(session: ImapSession): void {
    this.#idlers.delete(session);
  }

  listens(session: ImapSession): void {
    this.#listeners.set(session, performance.now());
  }

  listensNoMore(session: ImapSession): void {
    this.#listeners.delete(session);
  }

  #keepAlive(): void {
    this.#pollListeners();
    const now = performance.now();
    for (const [session, idler] of this.#idlers) {
      if (now < idler.nextAt) continue;
      idler.nextAt = now + this.#keepaliveMs;
      session.engine.out.line('* OK Still here');
      session.drive.wake();
      if (now - idler.polledAt < IDLE_POLL_MS) continue;
      idler.polledAt = now;
      session.selected?.hint(0);
      session.push();
    }
  }

  #pollListeners(): void {
    const now = performance.now();
    for (const [session, polledAt] of this.#listeners) {
      if (now - polledAt < IDLE_POLL_MS) continue;
      this.#listeners.set(session, now);
      session.notifications?.others?.poll();
      if (session.idling !== undefined) continue;
      session.selected?.hint(0);
      session.push();
    }
  }
}
