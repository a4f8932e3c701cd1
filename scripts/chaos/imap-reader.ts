import { setTimeout as sleep } from 'node:timers/promises';
import { type ImapClient, ImapRefused, openImap } from '../soak/imap-client.ts';
import { identify, type Ledger } from '../soak/ledger.ts';
import { ConnectionLost } from '../soak/line-socket.ts';
import { type AccountBook, type Deed, meet } from './books.ts';
import { pick, type Random } from './random.ts';

export interface ReaderOptions {
  readonly book: AccountBook;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly password: string;
  readonly port: () => number;
  readonly setback: (kind: string) => void;
  readonly stopped: () => boolean;
}

const IDLE_MS = 700;
const RETRY_MS = 400;
const APPEND_SHARE = 0.15;
const DEEDS: readonly (Deed | undefined)[] = ['seen', 'flagged', 'moved', 'expunged', undefined, undefined];

/** Flags that a deed leaves on the message. */
export const FLAGS_OF: Readonly<Partial<Record<Deed, readonly string[]>>> = {
  seen: ['\\Seen'],
  flagged: ['\\Flagged', '$Chaos'],
};

/** One client of an account: waits in IDLE, reads what is new, and does something with each message. */
export async function imapReader(options: ReaderOptions): Promise<void> {
  while (!options.stopped()) {
    let client: ImapClient | undefined;
    try {
      client = await openImap(options.port(), options.book.address, options.password);
      const uidValidity = await client.select('INBOX', 'SELECT');
      while (!options.stopped()) await round(client, uidValidity, options);
      await client.logout();
    } catch (error) {
      client?.destroy();
      if (!(error instanceof ImapRefused || error instanceof ConnectionLost)) throw error;
      options.setback(error instanceof ImapRefused ? refusalKind(error.message) : 'IMAP connection lost');
      await sleep(RETRY_MS * (0.5 + Math.random()));
    }
  }
}

async function round(client: ImapClient, uidValidity: number, options: ReaderOptions): Promise<void> {
  const { book, ledger, random } = options;
  const news = await client.fetchFrom(book.highestUid + 1);
  for (const { uid, bytes } of news) {
    meet(book, ledger, { uid, uidValidity }, identify(bytes));
    const deed = pick(random, DEEDS);
    if (deed) await act(client, uid, deed, options);
  }
  if (random() < APPEND_SHARE) await append(client, options);
  const idling = await client.idle();
  await sleep(IDLE_MS * (0.5 + Math.random()));
  await idling.done();
}

/** Until the server has said yes the deed is in the books as unknown. */
async function act(client: ImapClient, uid: number, what: Deed, options: ReaderOptions): Promise<void> {
  const deed: { what: Deed; answer: 'acknowledged' | 'unknown' } = { what, answer: 'unknown' };
  options.book.seen.get(uid)!.deed = deed;
  const flags = FLAGS_OF[what];
  if (flags) await client.command(`UID STORE ${uid} +FLAGS (${flags.join(' ')})`);
  else if (what === 'moved') await client.command(`UID MOVE ${uid} Archive`);
  else {
    await client.command(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
    await client.command(`UID EXPUNGE ${uid}`);
  }
  deed.answer = 'acknowledged';
}

async function append(client: ImapClient, { book, ledger }: ReaderOptions): Promise<void> {
  const mail = ledger.make([book.address], 'myself@load.test');
  book.appended.set(mail.entry.messageId, 'unknown');
  await client.append('Archive', mail.bytes);
  book.appended.set(mail.entry.messageId, 'acknowledged');
}

/** `STORE: NO [UNAVAILABLE]`, without tags and names. */
function refusalKind(message: string): string {
  const [, command = '', answer = ''] = /^(\w+(?: \w+)?)[^:]*: \S+ (\w+(?: \[[^\]]*\])?)/.exec(message) ?? [];
  return `IMAP ${command}: ${answer}`;
}
