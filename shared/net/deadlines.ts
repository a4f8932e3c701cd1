/**
 * Deadlines for very many connections on one timer: an entry lies in the bucket of the tick at which it may be due
 * and is looked at only then. Moving a deadline further away costs one assignment, so each chunk read may do it.
 */

/** Coarseness of every deadline: it fires up to this much late, never early. */
export const TICK_MS = 250;

export interface Deadline {
  /** `performance.now()` at which `expired` is called; Infinity: never. May be moved later at any time. */
  at: number;
  readonly expired: () => void;
}

const buckets = new Map<number, Set<Deadline>>();
const placed = new Map<Deadline, number>();
let timer: ReturnType<typeof setInterval> | undefined;
let lastTick = 0;

const tickOf = (at: number): number => Math.floor(at / TICK_MS) + 1;

function place(deadline: Deadline): void {
  const tick = Math.max(tickOf(deadline.at), lastTick + 1);
  const bucket = buckets.get(tick);
  if (bucket) bucket.add(deadline);
  else buckets.set(tick, new Set([deadline]));
  placed.set(deadline, tick);
}

function unplace(deadline: Deadline): void {
  const tick = placed.get(deadline);
  if (tick === undefined) return;
  placed.delete(deadline);
  const bucket = buckets.get(tick);
  bucket?.delete(deadline);
  if (bucket?.size === 0) buckets.delete(tick);
}

function onTick(): void {
  const now = performance.now();
  const current = Math.floor(now / TICK_MS);
  while (lastTick < current) {
    lastTick += 1;
    const due = buckets.get(lastTick);
    if (!due) continue;
    buckets.delete(lastTick);
    for (const deadline of due) {
      placed.delete(deadline);
      if (deadline.at > now) place(deadline);
      else deadline.expired();
    }
  }
  if (placed.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
}

/** Watches a deadline; also to be called after moving one to an earlier time. It is forgotten when it fires. */
export function watch(deadline: Deadline): void {
  const tick = placed.get(deadline);
  if (tick !== undefined && tick <= tickOf(deadline.at)) return;
  unplace(deadline);
  if (deadline.at === Number.POSITIVE_INFINITY) return;
  if (!timer) {
    lastTick = Math.floor(performance.now() / TICK_MS);
    timer = setInterval(onTick, TICK_MS);
    // Open sockets keep the process alive; a timer about them need not.
    timer.unref();
  }
  place(deadline);
}

export function unwatch(deadline: Deadline): void {
  unplace(deadline);
}
