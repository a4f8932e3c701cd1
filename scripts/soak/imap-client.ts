import { openLineSocket } from './line-socket.ts';

const REPLY_TIMEOUT_MS = 30_000;

export class ImapRefused extends Error {}

/** One untagged response; each literal stands as `{n}` in the text, its octets in `literals`. */
export interface ImapResponse {
  readonly text: string;
  readonly literals: readonly Buffer[];
}

export interface FetchedMessage {
  readonly uid: number;
  readonly bytes: Buffer;
}

export interface ImapClient {
  /** Sends a command, resolves with its untagged responses; rejects with `ImapRefused` on NO and BAD. */
  command(line: string): Promise<readonly ImapResponse[]>;
  /** EXAMINE or SELECT: UIDVALIDITY of the mailbox. */
  select(mailbox: string, how?: 'SELECT' | 'EXAMINE'): Promise<number>;
  /** All octets of all messages of the selected mailbox with uid ≥ `from`. */
  fetchFrom(from: number): Promise<FetchedMessage[]>;
  append(mailbox: string, bytes: Buffer): Promise<void>;
  /** Enters IDLE; the returned function leaves it, resolving with what came meanwhile. */
  idle(): Promise<{ next(): Promise<ImapResponse>; done(): Promise<readonly ImapResponse[]> }>;
  logout(): Promise<void>;
  destroy(): void;
}

export async function openImap(port: number, address: string, password: string): Promise<ImapClient> {
  const socket = await openLineSocket(port, REPLY_TIMEOUT_MS);
  let tag = 0;

  async function response(): Promise<ImapResponse> {
    const literals: Buffer[] = [];
    let text = '';
    for (;;) {
      const line = await socket.line();
      text += line;
      const length = /\{(\d+)\}$/.exec(line)?.[1];
      if (length === undefined) return { text, literals };
      literals.push(await socket.octets(Number(length)));
    }
  }

  async function finish(sent: string): Promise<readonly ImapResponse[]> {
    const untagged: ImapResponse[] = [];
    for (;;) {
      const one = await response();
      if (!one.text.startsWith(`a${tag} `)) {
        untagged.push(one);
        continue;
      }
      if (!one.text.startsWith(`a${tag} OK`)) throw new ImapRefused(`${sent}: ${one.text}`);
      return untagged;
    }
  }

  async function command(line: string): Promise<readonly ImapResponse[]> {
    socket.write(`a${++tag} ${line}\r\n`);
    return finish(line.split(' ').slice(0, 2).join(' '));
  }

  async function continuation(): Promise<void> {
    for (;;) {
      const one = await response();
      if (one.text.startsWith('+')) return;
      if (one.text.startsWith(`a${tag} `)) throw new ImapRefused(one.text);
    }
  }

  try {
    const greeting = await response();
    if (!greeting.text.startsWith('* OK')) throw new ImapRefused(greeting.text);
    await command(`LOGIN "${address}" "${password}"`);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    command,
    async select(mailbox, how = 'EXAMINE') {
      const responses = await command(`${how} "${mailbox}"`);
      return Number(responses.map((one) => /UIDVALIDITY (\d+)/.exec(one.text)?.[1]).find(Boolean));
    },
    async fetchFrom(from) {
      const responses = await command(`UID FETCH ${from}:* (UID BODY.PEEK[])`);
      return responses.flatMap((one) => {
        const uid = Number(/FETCH .*\bUID (\d+)/.exec(one.text)?.[1] ?? 0);
        const bytes = one.literals[0];
        // `n:*` names the last message even when its uid is below n (RFC 9051 §9, seq-range).
        return bytes && uid >= from ? [{ uid, bytes }] : [];
      });
    },
    async append(mailbox, bytes) {
      socket.write(`a${++tag} APPEND "${mailbox}" {${bytes.length}}\r\n`);
      await continuation();
      socket.write(bytes);
      socket.write('\r\n');
      await finish('APPEND');
    },
    async idle() {
      socket.write(`a${++tag} IDLE\r\n`);
      await continuation();
      return {
        next: response,
        done() {
          socket.write('DONE\r\n');
          return finish('IDLE');
        },
      };
    },
    async logout() {
      await command('LOGOUT').catch(() => {});
      socket.destroy();
    },
    destroy: () => socket.destroy(),
  };
}
