import { setTimeout as sleep } from 'node:timers/promises';
import { type ImapClient, openImap } from '../soak/imap-client.ts';

export interface Sleepers {
  /** How many times a connection ended with BYE, and how many times without. */
  stop(): Promise<{ readonly told: number; readonly cut: number }>;
}

export interface SleepersOptions {
  readonly accounts: readonly string[];
  readonly password: string;
  /** Asked before each connection, as a load balancer would be. */
  readonly port: () => number;
}

const RETRY_MS = 200;

/** IMAP clients that idle in their INBOX, and come back when their gateway goes. */
export function openSleepers(options: SleepersOptions): Sleepers {
  let stopped = false;
  let told = 0;
  let cut = 0;
  const clients = new Set<ImapClient>();

  async function live(account: string): Promise<void> {
    while (!stopped) {
      let client: ImapClient | undefined;
      try {
        client = await openImap(options.port(), account, options.password);
        clients.add(client);
        await client.select('INBOX');
        if ((await ended(client)) === 'told') told += 1;
        else if (!stopped) cut += 1;
      } catch {
        // Nobody answers yet: the next one may.
      }
      if (client) clients.delete(client);
      client?.destroy();
      await sleep(RETRY_MS);
    }
  }

  const lives = Promise.all(options.accounts.map(live));
  return {
    async stop() {
      stopped = true;
      for (const client of clients) client.destroy();
      await lives;
      return { told, cut };
    },
  };
}

/** Idles until the connection ends: with a BYE, or without. */
async function ended(client: ImapClient): Promise<'told' | 'cut'> {
  try {
    const idling = await client.idle();
    for (;;) if ((await idling.next()).text.startsWith('* BYE')) return 'told';
  } catch {
    return 'cut';
  }
}
