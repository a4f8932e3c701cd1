import { z } from 'zod';
import { Mistake, WrongUsage } from './terminal.ts';

/** Longer than the slowest request, an import of 500 accounts on a busy server. */
const DEADLINE_MS = 60_000;

const refused = z.object({ error: z.object({ code: z.string(), text: z.string() }) });

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Speaks to the admin API. Every failure is a `Mistake` with one line that says what to do. */
export class AdminClient {
  readonly #url: string;
  readonly #token: () => Promise<string>;

  /** The token is read when the first request is made: not every command makes one. */
  constructor(url: string, token: () => Promise<string>) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** `path` below /api, already encoded (see `pathOf`). */
  async ask<T>(method: Method, path: string, answer: z.ZodType<T>, body?: unknown): Promise<T> {
    const response = await this.#fetch(method, path, body);
    const json: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new Mistake(this.#reason(response.status, json));
    const result = answer.safeParse(json);
    if (!result.success) throw new Mistake(`${this.#url} does not answer like the admin API of this version`);
    return result.data;
  }

  async #fetch(method: Method, path: string, body: unknown): Promise<Response> {
    const token = await this.#token();
    try {
      return await fetch(`${this.#url}/api/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(DEADLINE_MS),
        redirect: 'error',
      });
    } catch (cause) {
      const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
      throw new Mistake(
        timedOut
          ? `the admin API at ${this.#url} did not answer within ${DEADLINE_MS / 1_000} s`
          : `the admin API at ${this.#url} cannot be reached: ${networkReason(cause)}`,
        cause,
      );
    }
  }

  #reason(status: number, json: unknown): string {
    if (status === 401) return `the admin API at ${this.#url} does not accept this token`;
    const known = refused.safeParse(json);
    return known.success ? known.data.error.text : `the admin API at ${this.#url} answered ${status}`;
  }
}

function networkReason(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const { code, message } = inner as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? 'nothing listens there' : ((message || code) ?? 'no connection');
}

/** Segments and a query, encoded. */
export function pathOf(
  segments: readonly string[],
  query: Record<string, string | number | undefined> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const path = segments.map(encodeSegment).join('/');
  return search.size > 0 ? `${path}?${search}` : path;
}

/** A URL takes these for directions, not for names. */
const DIRECTIONS = new Set(['', '.', '..']);

function encodeSegment(segment: string): string {
  if (DIRECTIONS.has(segment)) throw new WrongUsage(`'${segment}' names nothing`);
  return encodeURIComponent(segment);
}
