import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';
import { ConnectionLost } from './line-socket.ts';
import { openSmtp, Refused, type SmtpClient } from './smtp-client.ts';

export interface LoadOptions {
  readonly ledger: Ledger;
  readonly connections: number;
  /** Asked before each connection, as a load balancer would be. */
  readonly port: number | (() => number);
  readonly reversePath: string;
  readonly login?: { readonly address: string; readonly password: string };
  /** Whom the n-th message goes to. */
  readonly recipients: (number: number) => readonly string[];
}

export interface Load {
  /** Lets `messages` more go out, evenly over `overMs`; resolves when as many have got their 250. */
  send(messages: number, overMs: number): Promise<void>;
  /** What went wrong on the way and was tried again: text → how often. */
  readonly setbacks: ReadonlyMap<string, number>;
  /** The longest pause between two 250s since the last call, in milliseconds. */
  longestPause(): number;
  stop(): Promise<void>;
}

const RETRY_MS = 100;
/** No progress for so long means that something is broken for good. */
const PROGRESS_TIMEOUT_MS = 90_000;

/**
 * Sends over `connections` connections at once. What did not get its 250 is in the books as such, and its place is
 * taken by another message, with an id of its own: the fate of the first is unknown, as to any sender.
 */
export function startLoad(options: LoadOptions): Load {
  const { ledger } = options;
  const setbacks = new Map<string, number>();
  const queue: number[] = [];
  let number = 0;
  let stopped = false;
  let accepted = 0;
  let lastAccepted = Date.now();
  let pause = 0;
  let wake: (() => void)[] = [];

  function note(error: unknown): void {
    const text = error instanceof Refused ? error.message : `connection: ${(error as Error).message}`;
    // One line a kind: which address or port it was says nothing more.
    const kind = text.replace(/<[^>]*>/, '<…>').replace(/ \d+(?:\.\d+){3}:\d+$/, '');
    setbacks.set(kind, (setbacks.get(kind) ?? 0) + 1);
  }

  async function work(): Promise<void> {
    let client: SmtpClient | undefined;
    for (;;) {
      const next = queue.shift();
      if (next === undefined) {
        if (stopped) break;
        await new Promise<void>((resolve) => wake.push(resolve));
        continue;
      }
      try {
        client ??= await openSmtp(
          typeof options.port === 'number' ? options.port : options.port(),
          options.login,
        );
        const mail = ledger.make(options.recipients(next), options.reversePath);
        await client.send(mail);
        mail.entry.accepted = true;
        accepted += 1;
        pause = Math.max(pause, Date.now() - lastAccepted);
        lastAccepted = Date.now();
      } catch (error) {
        note(error);
        if (!(error instanceof Refused) || error.reply.code === 421) {
          client?.destroy();
          client = undefined;
          if (!(error instanceof Refused || error instanceof ConnectionLost)) throw error;
        }
        if (stopped) break;
        queue.push(next);
        await sleep(RETRY_MS);
      }
    }
    await client?.quit();
  }

  const workers = Promise.all(Array.from({ length: options.connections }, work));

  return {
    setbacks,
    longestPause() {
      const longest = pause;
      pause = 0;
      return longest;
    },
    async send(messages, overMs) {
      const goal = accepted + messages;
      const begin = Date.now();
      lastAccepted = begin;
      for (let sent = 0; sent < messages; ) {
        const due = overMs === 0 ? messages : Math.ceil(((Date.now() - begin) / overMs) * messages);
        for (; sent < Math.min(due, messages); sent++) queue.push(number++);
        for (const resolve of wake.splice(0)) resolve();
        await Promise.race([sleep(10), workers]);
      }
      while (accepted < goal) {
        if (Date.now() - lastAccepted > PROGRESS_TIMEOUT_MS)
          throw new Error(`${goal - accepted} messages find no way in: ${JSON.stringify([...setbacks])}`);
        await Promise.race([sleep(20), workers]);
      }
    },
    async stop() {
      stopped = true;
      for (const resolve of wake) resolve();
      wake = [];
      await workers;
    },
  };
}
