import { setTimeout as sleep } from 'node:timers/promises';
import { type ImapClient, openImap } from '../soak/imap-client.ts';
import { identify, type Ledger } from '../soak/ledger.ts';
import { type AccountBook, contentProblems } from './books.ts';
import { FLAGS_OF } from './imap-reader.ts';

export interface AuditReport {
  readonly accepted: number;
  /** Copies that are in mailboxes, or were taken out of them by a reader. */
  readonly found: number;
  readonly lost: string[];
  /** More copies than can be explained. */
  readonly doubled: string[];
  /** An acknowledged flag, move, expunge, append or deletion that does not hold. */
  readonly undone: string[];
  /** Altered, another's, a uid that did not rise. */
  readonly wrong: string[];
  /** Twice, as SMTP has it: the 250 did not arrive and the sender sent again (RFC 5321 §4.5.4.1). */
  readonly twiceUnanswered: string[];
  /** Twice: the outcome of a commit was unknown to the server as well, and it said 4xx. */
  readonly twicePutOff: string[];
}

export interface AuditOptions {
  readonly books: readonly AccountBook[];
  readonly ledger: Ledger;
  readonly unanswered: ReadonlyMap<string, number>;
  readonly putOff: ReadonlyMap<string, number>;
  readonly password: string;
  readonly port: () => number;
  readonly domain: string;
  /** How long to wait for what was accepted, milliseconds. */
  readonly settleMs: number;
}

/** A message in a mailbox, as IMAP shows it. */
export interface FoundMessage {
  readonly mailbox: string;
  readonly uid: number;
  readonly messageId: string;
  readonly flags: readonly string[];
}

const MAILBOXES = ['INBOX', 'Archive'];
const LOOK_AGAIN_MS = 500;
const AT_A_TIME = 4;

/** Reads every mailbox over IMAP and holds it against the books. */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const deadline = Date.now() + options.settleMs;
  for (;;) {
    const report = await auditOnce(options);
    if (report.lost.length === 0 || Date.now() > deadline) return report;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function auditOnce(options: AuditOptions): Promise<AuditReport> {
  const { books } = options;
  const found = new Map<string, FoundMessage[]>();
  const wrong: string[] = [];
  const rest = [...books];
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let book = rest.pop(); book; book = rest.pop())
        found.set(book.address, await readAccount(book, options, wrong));
    }),
  );
  const report = compare(options, found);
  return { ...report, wrong: [...report.wrong, ...wrong] };
}

/** What is in the mailboxes, by account, against the books. */
export function compare(
  options: Pick<AuditOptions, 'books' | 'ledger' | 'unanswered' | 'putOff' | 'domain'>,
  found: ReadonlyMap<string, readonly FoundMessage[]>,
): AuditReport {
  const { ledger, books, domain } = options;
  let inMailboxes = 0;
  const report: AuditReport = {
    accepted: ledger.accepted(),
    found: 0,
    lost: [],
    doubled: [],
    undone: [],
    wrong: [...new Set(books.flatMap((book) => book.wrong))],
    twiceUnanswered: [],
    twicePutOff: [],
  };
  const expected = expectations(ledger, domain);
  for (const book of books) {
    const here = found.get(book.address) ?? [];
    checkDeeds(book, here, report);
    const copies = new Map<string, number>();
    for (const { messageId } of here) copies.set(messageId, (copies.get(messageId) ?? 0) + 1);
    const gone = goneOf(book);
    for (const [messageId, accepted] of expected.get(book.address) ?? []) {
      const { acknowledged = 0, unknown = 0 } = gone.get(messageId) ?? {};
      const certain = (copies.get(messageId) ?? 0) + acknowledged;
      const what = `${book.address} ${messageId}: ${certain} copies`;
      inMailboxes += certain;
      if (certain + unknown === 0) {
        if (book.appended.get(messageId) === 'acknowledged')
          report.undone.push(`appended and not there: ${what}`);
        else if (accepted) report.lost.push(what);
      }
      if (certain <= 1) continue;
      const unanswered = options.unanswered.get(messageId) ?? 0;
      const putOff = options.putOff.get(messageId) ?? 0;
      if (certain <= 1 + unanswered) report.twiceUnanswered.push(what);
      else if (certain <= 1 + unanswered + putOff) report.twicePutOff.push(what);
      else report.doubled.push(what);
    }
  }
  return { ...report, found: inMailboxes };
}

/** Account → Message-ID → accepted, for all that was ever sent there. */
function expectations(ledger: Ledger, domain: string): Map<string, Map<string, boolean>> {
  const expected = new Map<string, Map<string, boolean>>();
  for (const { messageId, forwardPaths, accepted } of ledger.entries.values())
    for (const path of forwardPaths) {
      if (!path.endsWith(`@${domain}`)) continue;
      const of = expected.get(path) ?? new Map<string, boolean>();
      expected.set(path, of.set(messageId, accepted));
    }
  return expected;
}

/** What a reader took away, or may have. */
function goneOf(book: AccountBook): Map<string, { acknowledged: number; unknown: number }> {
  const gone = new Map([...book.deleted].map(([id, count]) => [id, { ...count }]));
  for (const { messageId, deed } of book.seen.values()) {
    if (deed?.what !== 'expunged') continue;
    const count = gone.get(messageId) ?? { acknowledged: 0, unknown: 0 };
    count[deed.answer]++;
    gone.set(messageId, count);
  }
  return gone;
}

function checkDeeds(book: AccountBook, found: readonly FoundMessage[], report: AuditReport): void {
  const inbox = new Map(found.filter((one) => one.mailbox === 'INBOX').map((one) => [one.uid, one]));
  const archived = new Set(found.filter((one) => one.mailbox === 'Archive').map((one) => one.messageId));
  for (const [uid, { messageId, deed }] of book.seen) {
    const here = inbox.get(uid);
    const what = `${book.address} INBOX ${uid} ${messageId}`;
    if (here && here.messageId !== messageId)
      report.wrong.push(`uid stands for ${here.messageId} now: ${what}`);
    const gone = deed?.what === 'moved' || deed?.what === 'expunged';
    if (!here && !gone) report.lost.push(`was there before: ${what}`);
    if (!deed) continue;
    if (deed.what === 'moved' && !here && !archived.has(messageId))
      report.lost.push(`in neither mailbox: ${what}`);
    if (deed.answer === 'unknown') continue;
    if (gone && here) report.undone.push(`${deed.what} and still there: ${what}`);
    const missing = (FLAGS_OF[deed.what] ?? []).filter((flag) => !here?.flags.includes(flag));
    if (missing.length > 0) report.undone.push(`without ${missing.join(' ')}: ${what}`);
  }
}

async function readAccount(
  book: AccountBook,
  options: AuditOptions,
  wrong: string[],
): Promise<FoundMessage[]> {
  const client = await openImap(options.port(), book.address, options.password);
  try {
    const found: FoundMessage[] = [];
    for (const mailbox of MAILBOXES)
      found.push(...(await readMailbox(client, mailbox, book, options, wrong)));
    return found;
  } finally {
    await client.logout();
  }
}

async function readMailbox(
  client: ImapClient,
  mailbox: string,
  book: AccountBook,
  { ledger }: AuditOptions,
  wrong: string[],
): Promise<FoundMessage[]> {
  await client.select(mailbox, 'EXAMINE');
  const found: FoundMessage[] = [];
  let last = 0;
  for (const { text, literals } of await client.command('UID FETCH 1:* (UID FLAGS BODY.PEEK[])')) {
    const uid = Number(/\bUID (\d+)/.exec(text)?.[1] ?? 0);
    const flags = /\bFLAGS \(([^)]*)\)/.exec(text)?.[1]?.split(' ') ?? [];
    if (!literals[0]) continue;
    const read = identify(literals[0]);
    const what = `${book.address} ${mailbox} ${uid} ${read.messageId}`;
    if (uid <= last) wrong.push(`uid did not rise: ${what}`);
    last = uid;
    wrong.push(...contentProblems(book, ledger, read, what));
    found.push({ mailbox, uid, messageId: read.messageId ?? '', flags });
  }
  return found;
}
