import type { Database } from '../database/port.ts';
import { emailIdOf } from './email-id.ts';
import { type AccountId, type EmailId, Flag, type ModSeq } from './types.ts';
import { parseUidSet } from './uid-set.ts';

/** Where in the account's journal a client is: past all of a MODSEQ, or within one whose changes were too many for one answer. */
export interface JournalPlace {
  readonly modSeq: ModSeq;
  /** Of `modSeq`, up to this message of this row. */
  readonly within?: { readonly mailboxId: number; readonly kind: number; readonly uid: number };
}

export function formatPlace({ modSeq, within }: JournalPlace): string {
  return within === undefined ? `${modSeq}` : `${modSeq}_${within.mailboxId}_${within.kind}_${within.uid}`;
}

/** Undefined: it is none of ours. */
export function readPlace(text: string): JournalPlace | undefined {
  const match = /^(\d{1,15})(?:_(\d{1,15})_([123])_(\d{1,10}))?$/.exec(text);
  if (match === null) return undefined;
  const modSeq = Number(match[1]);
  if (match[2] === undefined) return { modSeq };
  return { modSeq, within: { mailboxId: Number(match[2]), kind: Number(match[3]), uid: Number(match[4]) } };
}

export interface EmailChanges {
  readonly created: EmailId[];
  readonly updated: EmailId[];
  /** Gone, or \Deleted wherever they are. */
  readonly destroyed: EmailId[];
  readonly to: JournalPlace;
  readonly more: boolean;
}

const APPENDED = 1;
const EXPUNGED = 3;
/** Rows of the journal read at once. */
const MAX_ROWS = 2_000;

interface JournalRow {
  mod_seq: number;
  mailbox_id: number;
  kind: number;
  uids: string;
  email_ids: Buffer | null;
}

/** A message of the journal; `emailId` where the journal says it. */
interface Event {
  readonly mailboxId: number;
  readonly kind: number;
  readonly uid: number;
  readonly emailId: EmailId | undefined;
}

/**
 * What became of an account's emails since then, at most about `max` of them; undefined: it is not known any more.
 * An email was there before when any of its copies was.
 */
export async function emailChanges(
  database: Database,
  account: AccountId,
  since: JournalPlace,
  max: number,
): Promise<EmailChanges | undefined> {
  const [state] = await database.prepared<{ mod_seq: number; journal_from: number }>(
    'email_state',
    'select mod_seq, journal_from from account where account_id = $1',
    [account],
  );
  if (state === undefined || since.modSeq > state.mod_seq) return undefined;
  // What lies before the place, within its own MODSEQ, may be forgotten with it.
  if (since.modSeq < state.journal_from || (since.within && since.modSeq <= state.journal_from))
    return undefined;
  const rows = await database.prepared<JournalRow>(
    'email_journal',
    `select mod_seq, mailbox_id, kind, uids, email_ids from journal
     where account_id = $1 and mod_seq >= $2 and mod_seq <= $3 order by mod_seq, mailbox_id, kind limit $4`,
    [account, since.within === undefined ? since.modSeq + 1 : since.modSeq, state.mod_seq, MAX_ROWS + 1],
  );
  const taken = take(rows, since, max);
  if (taken === undefined) return undefined;
  const complete = !taken.more;
  const found = await resolve(database, account, taken.events);
  return {
    ...found,
    to: complete ? { modSeq: Math.max(state.mod_seq, since.modSeq) } : taken.to,
    more: !complete,
  };
}

/** The first `max` messages of the rows; undefined: an older release has written one of them. */
function take(
  rows: readonly JournalRow[],
  { modSeq, within }: JournalPlace,
  max: number,
): { events: Event[]; to: JournalPlace; more: boolean } | undefined {
  const events: Event[] = [];
  let to: JournalPlace = within === undefined ? { modSeq } : { modSeq, within };
  for (const row of rows.slice(0, MAX_ROWS)) {
    const after = row.mod_seq === modSeq && within !== undefined ? placeWithin(row, within) : 0;
    if (after === undefined) continue;
    if (row.kind === EXPUNGED && row.email_ids === null) return undefined;
    let at = 0;
    for (const uid of uidsOf(row.uids)) {
      const emailId = row.email_ids?.toString('hex', at * 16, at * 16 + 16);
      at += 1;
      if (uid <= after) continue;
      if (events.length >= max) return { events, to, more: true };
      events.push({ mailboxId: row.mailbox_id, kind: row.kind, uid, emailId });
      to = { modSeq: row.mod_seq, within: { mailboxId: row.mailbox_id, kind: row.kind, uid } };
    }
  }
  return { events, to, more: rows.length > MAX_ROWS };
}

/** Uids up to which the row was told; undefined: all of it was. */
function placeWithin(
  row: JournalRow,
  { mailboxId, kind, uid }: NonNullable<JournalPlace['within']>,
): number | undefined {
  const order = row.mailbox_id - mailboxId || row.kind - kind;
  return order < 0 ? undefined : order === 0 ? uid : 0;
}

function* uidsOf(set: string): Generator<number> {
  const { low, high } = parseUidSet(set) ?? { low: [], high: [] };
  for (const [index, from] of low.entries()) for (let uid = from; uid <= high[index]!; uid += 1) yield uid;
}

interface Copy {
  email_id: string;
  mailbox_id: number;
  uid: number;
  flags: number;
}

async function resolve(
  database: Database,
  account: AccountId,
  events: readonly Event[],
): Promise<Pick<EmailChanges, 'created' | 'updated' | 'destroyed'>> {
  if (events.length === 0) return { created: [], updated: [], destroyed: [] };
  const live = events.filter((event) => event.kind !== EXPUNGED);
  const gone = [...new Set(events.flatMap(({ emailId }) => emailId ?? []))];
  // All copies of every email that an event speaks of.
  const copies = await database.prepared<Copy>(
    'email_copies',
    `with touched as materialized (
       select m.email_id from unnest($2::bigint[], $3::bigint[]) w (mailbox_id, uid)
       join mailbox_message m on m.account_id = $1 and m.mailbox_id = w.mailbox_id and m.uid = w.uid
       union select unnest($4::uuid[]))
     select m.email_id, m.mailbox_id, m.uid, m.flags from touched t
     join mailbox_message m on m.email_id = t.email_id and m.account_id = $1`,
    [account, live.map((event) => event.mailboxId), live.map((event) => event.uid), gone],
  );
  const appended = new Set(events.filter(({ kind }) => kind === APPENDED).map(copyKey));
  /** Emails with a copy, gone or not, that was there before. */
  const old = new Set<EmailId>();
  for (const event of events)
    if (event.emailId !== undefined && !appended.has(copyKey(event))) old.add(event.emailId);
  const visible = new Map<EmailId, boolean>(gone.map((emailId) => [emailId, false]));
  for (const copy of copies) {
    const emailId = emailIdOf(copy.email_id);
    if (!appended.has(`${copy.mailbox_id} ${copy.uid}`)) old.add(emailId);
    visible.set(emailId, visible.get(emailId) === true || (copy.flags & Flag.Deleted) === 0);
  }
  const created: EmailId[] = [];
  const updated: EmailId[] = [];
  const destroyed: EmailId[] = [];
  for (const [emailId, seen] of visible) {
    if (!seen) {
      // What came and went since then, nobody has to hear of.
      if (old.has(emailId)) destroyed.push(emailId);
    } else (old.has(emailId) ? updated : created).push(emailId);
  }
  return { created, updated, destroyed };
}

const copyKey = ({ mailboxId, uid }: Pick<Event, 'mailboxId' | 'uid'>): string => `${mailboxId} ${uid}`;
