/** Sessions of one process, for the embedded default. */
import type { SessionRecord, SessionStore } from './port.ts';
import { encodeRecord } from './record.ts';

/** How often what expired is looked for; until then it only takes memory. */
const SWEEP_MS = 10_000;

/** Windows counted in at once, some 200 bytes each. */
const MAX_WINDOWS = 200_000;

interface Entry<T> {
  value: T;
  expires: number;
}

function sweep<T>(map: Map<string, Entry<T>>, now: number): void {
  for (const [key, entry] of map) if (entry.expires <= now) map.delete(key);
}

class MemorySessionStore implements SessionStore {
  readonly connected = true;
  /** JSON, so that what is handed out is a clone, as from Redis. */
  readonly #records = new Map<string, Entry<{ json: string; accountId: string; protocol: string }>>();
  readonly #places = new Map<string, Map<string, Entry<null>>>();
  readonly #windows = new Map<string, Entry<number>>();
  #swept = 0;

  #now(): number {
    const now = performance.now();
    if (now - this.#swept < SWEEP_MS) return now;
    this.#swept = now;
    sweep(this.#records, now);
    sweep(this.#windows, now);
    for (const [key, holders] of this.#places) {
      sweep(holders, now);
      if (holders.size === 0) this.#places.delete(key);
    }
    return now;
  }

  async put(record: SessionRecord, ttlMs: number): Promise<void> {
    const value = { json: encodeRecord(record), accountId: record.accountId, protocol: record.protocol };
    this.#records.set(record.sessionId, { value, expires: this.#now() + ttlMs });
  }

  async remove(sessionId: string): Promise<void> {
    this.#records.delete(sessionId);
  }

  async get(sessionId: string): Promise<SessionRecord | undefined> {
    const entry = this.#records.get(sessionId);
    return entry && entry.expires > this.#now() ? JSON.parse(entry.value.json) : undefined;
  }

  async list({ accountId, protocol, limit }: Parameters<SessionStore['list']>[0]): Promise<SessionRecord[]> {
    const now = this.#now();
    const found: SessionRecord[] = [];
    for (const { value, expires } of this.#records.values()) {
      if (found.length >= limit) break;
      if (expires <= now || (accountId !== undefined && value.accountId !== accountId)) continue;
      if (protocol === undefined || value.protocol === protocol) found.push(JSON.parse(value.json));
    }
    return found;
  }

  async acquire(key: string, holder: string, limit: number, ttlMs: number): Promise<boolean> {
    const now = this.#now();
    const holders = this.#places.get(key) ?? new Map<string, Entry<null>>();
    sweep(holders, now);
    if (!holders.has(holder) && holders.size >= limit) return false;
    holders.set(holder, { value: null, expires: now + ttlMs });
    this.#places.set(key, holders);
    return true;
  }

  async release(key: string, holder: string): Promise<void> {
    const holders = this.#places.get(key);
    holders?.delete(holder);
    if (holders?.size === 0) this.#places.delete(key);
  }

  async count(key: string, windowMs: number, by = 1): Promise<number> {
    const now = this.#now();
    const window = this.#windows.get(key);
    if (window && window.expires > now) {
      window.value += by;
      return window.value;
    }
    if (by === 0) return 0;
    // Whoever makes up names fills no memory: the window begun longest ago makes room.
    if (this.#windows.size >= MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    this.#windows.delete(key);
    this.#windows.set(key, { value: by, expires: now + windowMs });
    return by;
  }

  async close(): Promise<void> {
    this.#records.clear();
    this.#places.clear();
    this.#windows.clear();
  }
}

export function createMemorySessionStore(): SessionStore {
  return new MemorySessionStore();
}
