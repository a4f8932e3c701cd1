import { setTimeout as sleep } from 'node:timers/promises';
import { openImap } from './imap-client.ts';
import { identify, type Ledger } from './ledger.ts';

/** What must not be; every list empty: nothing was lost. Each entry names account, uid and Message-ID. */
export interface Findings {
  readonly lost: string[];
  readonly doubled: string[];
  readonly altered: string[];
  /** In a mailbox, though nobody sent it there. */
  readonly strange: string[];
  /** A uid that stood for another message before, that did not rise, or a UIDVALIDITY that changed. */
  readonly uidRepeats: string[];
}

export interface Audit {
  /** Reads what is new in each mailbox; expunges the last message of some, so that its uid must not come back. */
  look(): Promise<void>;
  /** Looks until all that was accepted has arrived, or nothing more comes; then reads every mailbox whole. */
  finish(): Promise<Findings & { readonly delivered: number; readonly expunged: number }>;
}

export interface AuditOptions {
  readonly port: number;
  readonly password: string;
  readonly accounts: readonly string[];
  readonly ledger: Ledger;
  /** How long to wait for what was accepted while nothing more arrives, milliseconds; default 60,000. */
  readonly settleMs?: number;
}

interface Mailbox {
  readonly account: string;
  uidValidity: number;
  highestUid: number;
  /** Every uid ever seen and the message it stood for. */
  readonly seen: Map<number, string>;
  readonly expungedUids: Set<number>;
}

/** Mailboxes read at a time. */
const AT_A_TIME = 4;
const EXPUNGE_EVERY = 5;
const SETTLE_MS = 60_000;
const LOOK_AGAIN_MS = 500;

export function makeAudit(options: AuditOptions): Audit {
  const { ledger, settleMs = SETTLE_MS } = options;
  const findings: Findings = { lost: [], doubled: [], altered: [], strange: [], uidRepeats: [] };
  const mailboxes: Mailbox[] = options.accounts.map((account) => ({
    account,
    uidValidity: 0,
    highestUid: 0,
    seen: new Map(),
    expungedUids: new Set(),
  }));

  async function eachMailbox(work: (mailbox: Mailbox, index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < mailboxes.length; index = next++) {
        const mailbox = mailboxes[index];
        if (mailbox) await work(mailbox, index);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  }

  async function look(mailbox: Mailbox, index: number, mayExpunge: boolean): Promise<void> {
    const client = await openImap(options.port, mailbox.account, options.password);
    try {
      checkValidity(mailbox, await client.select('INBOX', 'SELECT'));
      for (const { uid, bytes } of await client.fetchFrom(mailbox.highestUid + 1)) see(mailbox, uid, bytes);
      if (!mayExpunge || index % EXPUNGE_EVERY !== 0 || mailbox.seen.size === 0) return;
      if (mailbox.expungedUids.has(mailbox.highestUid)) return;
      await client.command(`UID STORE ${mailbox.highestUid} +FLAGS.SILENT (\\Deleted)`);
      await client.command('EXPUNGE');
      mailbox.expungedUids.add(mailbox.highestUid);
    } finally {
      await client.logout();
    }
  }

  function checkValidity(mailbox: Mailbox, uidValidity: number): void {
    mailbox.uidValidity ||= uidValidity;
    if (mailbox.uidValidity !== uidValidity)
      findings.uidRepeats.push(`${mailbox.account}: UIDVALIDITY ${mailbox.uidValidity}, then ${uidValidity}`);
  }

  function see(mailbox: Mailbox, uid: number, bytes: Buffer): void {
    const { messageId, sha256, cleanPrefix } = identify(bytes);
    const what = `${mailbox.account} uid ${uid} ${messageId ?? 'without Message-ID'}`;
    const entry = ledger.entries.get(messageId ?? '');
    if (!entry?.forwardPaths.includes(mailbox.account)) findings.strange.push(what);
    else if (entry.sha256 !== sha256 || !cleanPrefix) findings.altered.push(what);
    if (uid <= mailbox.highestUid) findings.uidRepeats.push(what);
    mailbox.seen.set(uid, messageId ?? what);
    mailbox.highestUid = Math.max(mailbox.highestUid, uid);
  }

  const arrived = (): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const mailbox of mailboxes)
      for (const messageId of mailbox.seen.values()) {
        const key = `${mailbox.account} ${messageId}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    return counts;
  };

  const missing = (): string[] => {
    const counts = arrived();
    const ours = new Set(options.accounts);
    return [...ledger.entries.values()]
      .filter((entry) => entry.accepted)
      .flatMap((entry) =>
        entry.forwardPaths.filter((path) => ours.has(path)).map((path) => `${path} ${entry.messageId}`),
      )
      .filter((key) => !counts.has(key));
  };

  async function readWhole(mailbox: Mailbox): Promise<void> {
    const client = await openImap(options.port, mailbox.account, options.password);
    try {
      checkValidity(mailbox, await client.select('INBOX'));
      const present = await client.fetchFrom(1);
      const uids = new Set<number>();
      for (const { uid, bytes } of present) {
        const { messageId, sha256 } = identify(bytes);
        const what = `${mailbox.account} uid ${uid} ${messageId}`;
        if (uids.has(uid) || mailbox.expungedUids.has(uid)) findings.uidRepeats.push(what);
        uids.add(uid);
        const before = mailbox.seen.get(uid);
        if (before === undefined) see(mailbox, uid, bytes);
        else if (before !== messageId) findings.uidRepeats.push(`${what}, was ${before}`);
        else if (ledger.entries.get(messageId)?.sha256 !== sha256) findings.altered.push(what);
      }
      for (const [uid, messageId] of mailbox.seen)
        if (!uids.has(uid) && !mailbox.expungedUids.has(uid))
          findings.lost.push(`${mailbox.account} uid ${uid} ${messageId}, was there before`);
    } finally {
      await client.logout();
    }
  }

  return {
    look: () => eachMailbox((mailbox, index) => look(mailbox, index, true)),
    async finish() {
      let left = Number.POSITIVE_INFINITY;
      for (let progress = Date.now(); left > 0 && Date.now() - progress < settleMs; ) {
        await eachMailbox((mailbox, index) => look(mailbox, index, false));
        const now = missing().length;
        if (now < left) progress = Date.now();
        left = now;
        if (left > 0) await sleep(LOOK_AGAIN_MS);
      }
      await eachMailbox(readWhole);
      findings.lost.push(...missing());
      const counts = arrived();
      for (const [key, count] of counts) if (count > 1) findings.doubled.push(`${key} × ${count}`);
      return {
        ...findings,
        delivered: counts.size,
        expunged: mailboxes.reduce((sum, mailbox) => sum + mailbox.expungedUids.size, 0),
      };
    },
  };
}
