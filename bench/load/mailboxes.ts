import { setTimeout as sleep } from 'node:timers/promises';
import { type ImapClient, openImap } from '../../scripts/soak/imap-client.ts';
import { identify } from '../../scripts/soak/ledger.ts';

const VISIBLE_WITHIN_MS = 120_000;
const POLL_MS = 3;

/** INBOX counters before a row. */
export interface Before {
  readonly messages: number;
  readonly uidNext: number;
}

/** One IMAP session an account, opened once and kept over all rows. */
export class Mailboxes {
  readonly #sessions: readonly ImapClient[];

  private constructor(sessions: readonly ImapClient[]) {
    this.#sessions = sessions;
  }

  static async open(port: number, accounts: readonly string[], password: string): Promise<Mailboxes> {
    const sessions: ImapClient[] = [];
    for (const account of accounts) sessions.push(await openImap(port, account, password));
    return new Mailboxes(sessions);
  }

  session(index: number): ImapClient {
    const session = this.#sessions[index];
    if (session === undefined) throw new Error(`no account ${index}`);
    return session;
  }

  async before(index: number): Promise<Before> {
    const responses = await this.session(index).command('STATUS INBOX (MESSAGES UIDNEXT)');
    const text = responses.map((one) => one.text).join(' ');
    return {
      messages: Number(/MESSAGES (\d+)/.exec(text)?.[1]),
      uidNext: Number(/UIDNEXT (\d+)/.exec(text)?.[1]),
    };
  }

  /**
   * Waits for one account after the other, and looks at all others whenever one has all it should: little more than
   * one STATUS an account, however far behind a server is, so that the watching does not slow what is watched.
   */
  async until(expected: ReadonlyMap<number, number>, pauseMs = POLL_MS): Promise<void> {
    const deadline = performance.now() + VISIBLE_WITHIN_MS;
    const complete = async ([index, messages]: [number, number]): Promise<boolean> => {
      const now = (await this.before(index)).messages;
      if (now > messages) throw new Error(`account ${index} has ${now} messages, expected ${messages}`);
      return now === messages;
    };
    let missing = [...expected];
    for (let one = missing.pop(); one !== undefined; one = missing.pop()) {
      while (!(await complete(one))) {
        if (performance.now() > deadline) throw new Error(`account ${one[0]} lacks messages`);
        if (pauseMs > 0) await sleep(pauseMs);
      }
      const done = await Promise.all(missing.map(complete));
      missing = missing.filter((_, at) => !done[at]);
    }
  }

  /** All that came since, by Message-ID, with the SHA-256 of the bytes as they were sent. Throws when a server put in a foreign field. */
  async arrived(index: number, before: Before): Promise<{ messageId: string; sha256: string }[]> {
    const session = this.session(index);
    await session.select('INBOX');
    const found = (await session.fetchFrom(before.uidNext)).map(({ bytes }) => {
      const { messageId, sha256, cleanPrefix } = identify(bytes);
      if (messageId === undefined || !cleanPrefix)
        throw new Error(`not as it was sent: ${bytes.subarray(0, 500)}`);
      return { messageId, sha256 };
    });
    await session.command('UNSELECT');
    return found;
  }

  close(): void {
    for (const session of this.#sessions) session.destroy();
  }
}
