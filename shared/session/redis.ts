/** Sessions in Redis, seen by all gateways. Without it every method gives the answer that lets the mail go on. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { SessionRecord, SessionStore } from './port.ts';
import { encodeRecord } from './record.ts';

export interface RedisSessionOptions {
  /** `redis://user:password@host:port/db`; `rediss://` asks for TLS. */
  readonly url: string;
  /** Put before every key, so that several clusters can share a server. */
  readonly prefix?: string;
  /** How long after its end the places of this process may still be taken; ALIVE_MS when not given. */
  readonly aliveMs?: number;
}

/** Nobody waits for the session view longer than this; a command that takes longer counts as an outage. */
const COMMAND_MS = 1_000;
const CONNECT_MS = 2_000;
const RETRY_MOST_MS = 2_000;

/** A process that was not heard of for so long is gone: who finds a limit reached takes its places. Three beats fit in. */
const ALIVE_MS = 9_000;

/** Records read in one round trip of `list`. */
const PAGE = 500;

/**
 * Sets of live things are sorted sets whose scores are expiry times by Redis' own clock.
 * Each script drops what expired before it counts.
 */
const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

const SCRIPTS = {
  /** KEYS: record, all sessions, the account's. ARGV: id, JSON, ttl. */
  putSession: {
    numberOfKeys: 3,
    lua: `${NOW}
      redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
      for i = 2, 3 do
        redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
        redis.call('ZADD', KEYS[i], now + ARGV[3], ARGV[1])
        if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
      end`,
  },
  /** KEYS: record, all sessions. ARGV: id, prefix of the accounts' sets. */
  removeSession: {
    numberOfKeys: 2,
    lua: `local json = redis.call('GET', KEYS[1])
      redis.call('DEL', KEYS[1])
      redis.call('ZREM', KEYS[2], ARGV[1])
      if json then redis.call('ZREM', ARGV[2] .. cjson.decode(json).accountId, ARGV[1]) end`,
  },
  /** KEYS: set. ARGV: offset, count. */
  liveSessions: {
    numberOfKeys: 1,
    lua: `${NOW} return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'LIMIT', ARGV[1], ARGV[2])`,
  },
  /** KEYS: set, hash of the holders' processes. ARGV: holder, limit, ttl, process, prefix of the processes that live. */
  acquirePlace: {
    numberOfKeys: 2,
    lua: `${NOW}
      redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
      local function full()
        return not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2])
      end
      if full() then
        local lives = {}
        local by = redis.call('HGETALL', KEYS[2])
        for i = 1, #by, 2 do
          local process = by[i + 1]
          if lives[process] == nil then lives[process] = redis.call('EXISTS', ARGV[5] .. process) == 1 end
          if not lives[process] then
            redis.call('ZREM', KEYS[1], by[i])
            redis.call('HDEL', KEYS[2], by[i])
          elseif not redis.call('ZSCORE', KEYS[1], by[i]) then redis.call('HDEL', KEYS[2], by[i]) end
        end
        if full() then return 0 end
      end
      redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
      redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
      for i = 1, 2 do
        if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
      end
      return 1`,
  },
  /** KEYS: set, hash of the holders' processes. ARGV: holder. */
  releasePlace: {
    numberOfKeys: 2,
    lua: `redis.call('ZREM', KEYS[1], ARGV[1]) redis.call('HDEL', KEYS[2], ARGV[1])`,
  },
  /** KEYS: counter. ARGV: by, window. */
  countInWindow: {
    numberOfKeys: 1,
    lua: `if ARGV[1] == '0' then return redis.call('GET', KEYS[1]) or 0 end
      local n = redis.call('INCRBY', KEYS[1], ARGV[1])
      if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
      return n`,
  },
} as const;

type Scripts = {
  [Name in keyof typeof SCRIPTS]: (...parameters: (string | number)[]) => Promise<unknown>;
};

class RedisSessionStore implements SessionStore {
  readonly #redis: Redis & Scripts;
  readonly #prefix: string;
  /** A connection that is open and silent; it stops being the current one only some seconds later. */
  #silent = false;
  /** What this process is called among those that live. */
  readonly #process = randomUUID();
  readonly #aliveMs: number;
  readonly #beat: NodeJS.Timeout;

  constructor(redis: Redis, prefix: string, aliveMs: number) {
    this.#redis = redis as Redis & Scripts;
    this.#prefix = prefix;
    this.#aliveMs = aliveMs;
    redis.on('ready', () => {
      this.#silent = false;
      void this.#live();
    });
    this.#beat = setInterval(() => void this.#live(), aliveMs / 3).unref();
  }

  get #alive(): string {
    return `${this.#prefix}alive:`;
  }

  /** Says that this process lives. */
  async #live(): Promise<void> {
    const key = this.#alive + this.#process;
    await this.#orElse<unknown>(undefined, () => this.#redis.set(key, '1', 'PX', Math.ceil(this.#aliveMs)));
  }

  #place(key: string): [string, string] {
    const set = `${this.#prefix}limit:${key}`;
    return [set, `${set}:by`];
  }

  get connected(): boolean {
    return this.#redis.status === 'ready' && !this.#silent;
  }

  /** Runs `work` when Redis is there; its failure is an outage, and an outage has an answer. */
  async #orElse<T>(answer: T, work: () => Promise<T>): Promise<T> {
    if (!this.connected) return answer;
    try {
      return await work();
    } catch (error) {
      // A silent server would cost each caller the whole time-out: until it is back, nobody asks it.
      if (/timed out/i.test(String(error)) && this.connected) {
        this.#silent = true;
        this.#redis.disconnect(true);
      }
      return answer;
    }
  }

  #record(sessionId: string): string {
    return `${this.#prefix}session:${sessionId}`;
  }

  get #all(): string {
    return `${this.#prefix}sessions`;
  }

  get #accounts(): string {
    return `${this.#prefix}sessions:account:`;
  }

  async put(record: SessionRecord, ttlMs: number): Promise<void> {
    const { sessionId, accountId } = record;
    const keys = [this.#record(sessionId), this.#all, this.#accounts + accountId];
    const json = encodeRecord(record);
    await this.#orElse(undefined, () => this.#redis.putSession(...keys, sessionId, json, Math.ceil(ttlMs)));
  }

  async remove(sessionId: string): Promise<void> {
    const keys = [this.#record(sessionId), this.#all];
    await this.#orElse(undefined, () => this.#redis.removeSession(...keys, sessionId, this.#accounts));
  }

  get(sessionId: string): Promise<SessionRecord | undefined> {
    return this.#orElse(undefined, async () => {
      const json = await this.#redis.get(this.#record(sessionId));
      return json === null ? undefined : JSON.parse(json);
    });
  }

  list({ accountId, protocol, limit }: Parameters<SessionStore['list']>[0]): Promise<SessionRecord[]> {
    const set = accountId === undefined ? this.#all : this.#accounts + accountId;
    return this.#orElse<SessionRecord[]>([], async () => {
      const found: SessionRecord[] = [];
      for (let offset = 0; found.length < limit; offset += PAGE) {
        const ids = (await this.#redis.liveSessions(set, offset, PAGE)) as string[];
        if (ids.length === 0) break;
        for (const json of await this.#redis.mget(ids.map((id) => this.#record(id)))) {
          const record: SessionRecord | undefined = json ? JSON.parse(json) : undefined;
          if (record && (protocol === undefined || record.protocol === protocol)) found.push(record);
        }
        if (ids.length < PAGE) break;
      }
      return found.slice(0, limit);
    });
  }

  acquire(key: string, holder: string, limit: number, ttlMs: number): Promise<boolean> {
    return this.#orElse(true, async () => {
      const granted = await this.#redis.acquirePlace(
        ...this.#place(key),
        holder,
        limit,
        Math.ceil(ttlMs),
        this.#process,
        this.#alive,
      );
      return granted === 1;
    });
  }

  async release(key: string, holder: string): Promise<void> {
    await this.#orElse<unknown>(undefined, () => this.#redis.releasePlace(...this.#place(key), holder));
  }

  count(key: string, windowMs: number, by = 1): Promise<number> {
    return this.#orElse(0, async () =>
      Number(await this.#redis.countInWindow(`${this.#prefix}count:${key}`, by, Math.ceil(windowMs))),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.#redis.disconnect();
  }
}

/** Resolves when connected, or after the first attempt failed: it goes on trying behind the scenes. */
export async function createRedisSessionStore(options: RedisSessionOptions): Promise<SessionStore> {
  const redis = new Redis(options.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    connectTimeout: CONNECT_MS,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(RETRY_MOST_MS, times * 100) * (0.5 + Math.random() / 2),
    scripts: SCRIPTS,
  });
  // `connected` tells; the outage itself is answered in each method.
  redis.on('error', () => {});
  const { prefix = 'cartero:', aliveMs = ALIVE_MS } = options;
  const store = new RedisSessionStore(redis, prefix, aliveMs);
  await redis.connect().catch(() => {});
  return store;
}
