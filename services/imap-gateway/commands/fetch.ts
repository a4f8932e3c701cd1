import { Flag } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import type { FetchItem } from '../../../shared/protocol/imap/fetch-item.ts';
import { pageOf } from '../../../shared/protocol/imap/format-esearch.ts';
import {
  intersectRanges,
  type Ranges,
  resolveSequenceSet,
  SAVED_RESULT,
  type SequenceSet,
} from '../../../shared/protocol/imap/sequence-set.ts';
import { demandKnownEncodings } from '../fetch/decoded-part.ts';
import { readFacts } from '../fetch/facts-at.ts';
import { areReady, fetchReady } from '../fetch/fetch-ready.ts';
import { batches, type LoadedMessage, loadBatch, type Needs } from '../fetch/message-batch.ts';
import { isWholeMessage } from '../fetch/section-bytes.ts';
import { demandThreads, fillThreads } from '../fetch/threads.ts';
import { writeMessage } from '../fetch/write-message.ts';
import { FACTS_PAGE } from '../limits.ts';
import { demandCountWithinLimit, limited, withinLimit } from '../message-limit.ts';
import { EXPUNGED } from '../message-view.ts';
import { type Outcome, ok } from '../outcome.ts';
import { tellVanishedEarlier } from '../quick-resynchronization.ts';
import { NO_PERMISSION, REFUSALS, Refused } from '../refusals.ts';
import { selectedScope } from '../search/run-search.ts';
import type { SelectedMailbox } from '../selected-mailbox.ts';
import type { ImapSession } from '../session.ts';
import { storeFlags } from '../store-flags.ts';

const FLAGS: FetchItem = { item: 'FLAGS' };
const MODSEQ: FetchItem = { item: 'MODSEQ' };
const UID: FetchItem = { item: 'UID' };

/** RFC 3501 §6.4.5 */
export async function fetch(session: ImapSession, command: CommandNamed<'FETCH'>): Promise<Outcome> {
  const selected = session.selected!;
  const { changedSince, vanished, partial } = command.modifiers ?? {};
  if (vanished && !session.enabled.has('QRESYNC')) throw new Refused(REFUSALS.qresync);
  if (command.items.some((item) => item.item === 'MODSEQ')) session.enableCondstore();
  const named = selected.view.positions(command.set, command.uid);
  if (named === undefined) throw new Refused(REFUSALS.sequence);
  const changed =
    changedSince === undefined ? named : named.filter((at) => selected.view.modSeqs[at]! > changedSince);
  const asked = partial === undefined ? changed : pageOf(changed, partial);
  if (partial !== undefined) demandCountWithinLimit(session, asked.length);
  const { positions, code } = withinLimit(session, asked);
  const uidItem = command.uid && !session.enabled.has('UIDONLY');
  const items = uidItem ? [UID, ...command.items.filter((item) => item.item !== 'UID')] : command.items;
  if (vanished) {
    const known = intersectRanges(uidsOf(selected, command.set), selected.everyUid);
    await tellVanishedEarlier(session, selected, changedSince!, known);
  }
  const gone = await fetchItems(session, positions, items);
  const outcome = gone > 0 && !command.uid ? REFUSALS.expunged : ok('FETCH completed');
  return limited(session, outcome, code);
}

/** Tells these items of the messages at these positions; returns how many of them are gone. */
export async function fetchItems(
  session: ImapSession,
  positions: readonly number[],
  items: readonly FetchItem[],
): Promise<number> {
  const seen = setsSeen(items) ? await markSeen(session, positions) : NONE;
  const needs = needsOf(items);
  const threads = items.some((item) => item.item === 'THREADID');
  if (threads) await demandThreads(session, positions);
  const left = areReady(items) ? await fetchReady(session, positions, items) : positions;
  let gone = 0;
  for (let at = 0; at < left.length; at += FACTS_PAGE)
    gone += await fetchPage(session, left.slice(at, at + FACTS_PAGE), items, needs, seen);
  return gone;
}

/** Returns how many messages are gone. The next batch is read while the client takes this one. */
async function fetchPage(
  session: ImapSession,
  positions: readonly number[],
  items: readonly FetchItem[],
  needs: Needs,
  seen: ReadonlySet<number>,
): Promise<number> {
  const factsAt = needs.facts ? await readFacts(selectedScope(session), positions) : () => undefined;
  const added = session.enabled.has('CONDSTORE') ? [FLAGS, MODSEQ] : [FLAGS];
  const withFlags = [...items, ...added.filter((flag) => !items.some((item) => item.item === flag.item))];
  let gone = 0;
  let next: Promise<LoadedMessage[]> | undefined;
  const groups = [...batches(positions, factsAt, needs)];
  const load = (at: number): Promise<LoadedMessage[]> | undefined => {
    const group = groups[at];
    if (group === undefined) return undefined;
    const loading = loadBatch(session.gateway, group, factsAt, needs);
    // Looked at later; until then nobody else hears of its failure.
    loading.catch(() => undefined);
    return loading;
  };
  next = load(0);
  for (let at = 0; next !== undefined; at += 1) {
    const batch: LoadedMessage[] = await next;
    next = load(at + 1);
    if (items.some((item) => item.item === 'THREADID')) await fillThreads(session, batch);
    for (const message of batch) {
      if (isGone(message, needs)) gone += 1;
      else {
        demandKnownEncodings(message, items);
        await writeMessage(session, message, seen.has(message.position) ? withFlags : items);
      }
      await session.flushWhenFull();
    }
  }
  return gone;
}

/** `*` is the highest uid there ever was, as uids that are gone are asked for too. */
function uidsOf(selected: SelectedMailbox, set: SequenceSet): Ranges {
  return set === SAVED_RESULT ? selected.view.saved : resolveSequenceSet(set, selected.uidNext - 1);
}

function isGone(message: LoadedMessage, needs: Needs): boolean {
  return (needs.facts && message.facts === undefined) || (needs.structure && message.structure === undefined);
}

function needsOf(items: readonly FetchItem[]): Needs {
  let facts = false;
  let structure = false;
  let parts = false;
  let most = false;
  for (const item of items) {
    if (item.item === 'FLAGS' || item.item === 'UID' || item.item === 'MODSEQ') continue;
    facts = true;
    if (item.item === 'SECTION') {
      const whole = isWholeMessage(item.section);
      structure ||= !whole;
      parts = true;
      most ||= (whole || item.section.text === 'TEXT') && item.partial === null;
    } else if (item.item === 'BINARY' || item.item === 'BINARY.SIZE' || item.item === 'PREVIEW') {
      structure = true;
      parts = true;
    } else if (!OF_FACTS.has(item.item)) structure = true;
  }
  return { facts, structure, bytes: most ? 'whole' : parts ? 'part' : 'none' };
}

const OF_FACTS: ReadonlySet<FetchItem['item']> = new Set([
  'EMAILID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'SAVEDATE',
  'THREADID',
]);

function setsSeen(items: readonly FetchItem[]): boolean {
  return items.some((item) => 'peek' in item && !item.peek);
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Sets \Seen where it is missing; returns the positions where that changed something, whose FLAGS are told. Without the
 * right to, nothing is set, and that is no failure (RFC 4314 §4).
 */
async function markSeen(session: ImapSession, positions: readonly number[]): Promise<ReadonlySet<number>> {
  const { view, readOnly, rights } = session.selected!;
  if (readOnly || !rights.includes('s')) return NONE;
  const unseen = positions.filter((at) => !(view.flags[at]! & (Flag.Seen | EXPUNGED)));
  if (unseen.length === 0) return NONE;
  try {
    const flags = { system: Flag.Seen, keywords: [] };
    return (await storeFlags(session, unseen, { mode: 'add', flags })).changed;
  } catch (error) {
    // Taken away since the mailbox was selected.
    if (error instanceof Refused && error.outcome.code === NO_PERMISSION) return NONE;
    throw error;
  }
}
