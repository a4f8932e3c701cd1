import { readFacts } from '../fetch/facts-at.ts';
import { batches, loadBatch, type Needs } from '../fetch/message-batch.ts';
import { FACTS_PAGE } from '../limits.ts';
import { EXPUNGED } from '../message-view.ts';
import type { ImapSession } from '../session.ts';
import type { Criterion, TextCriterion } from './criterion.ts';
import { type Candidate, evaluate } from './evaluate.ts';
import { findText, type MessageBytes, readHeader } from './message-text.ts';

const STRUCTURES: Needs = { facts: true, structure: true, bytes: 'none' };
const BYTES: Needs = { facts: true, structure: true, bytes: 'part' };

/**
 * Positions of the messages that match, ascending. What lies nearest is asked first: the view, facts, structures,
 * headers, text; each step only for the messages that the steps before it left open.
 */
export async function runSearch(session: ImapSession, criterion: Criterion): Promise<number[]> {
  const { view } = session.selected!;
  const matches: number[] = [];
  const open: number[] = [];
  for (let position = 0; position < view.count; position += 1) {
    if (view.flags[position]! & EXPUNGED) continue;
    const value = evaluate(criterion, view, { position });
    if (value) matches.push(position);
    else if (value === undefined) open.push(position);
  }
  for (let at = 0; at < open.length; at += FACTS_PAGE) {
    await searchPage(session, criterion, open.slice(at, at + FACTS_PAGE), matches);
  }
  return matches.sort((a, b) => a - b);
}

async function searchPage(
  session: ImapSession,
  criterion: Criterion,
  positions: readonly number[],
  matches: number[],
): Promise<void> {
  const { gateway } = session;
  const { view } = session.selected!;
  const factsAt = await readFacts(session, positions);
  /** Those that stay open go on to the next step. */
  const decide = (candidates: readonly Candidate[]): Candidate[] =>
    candidates.filter((candidate) => {
      const value = evaluate(criterion, view, candidate);
      if (value) matches.push(candidate.position);
      return value === undefined;
    });
  const withFacts: Candidate[] = [];
  for (const position of positions) {
    const facts = factsAt(position);
    if (facts !== undefined) withFacts.push({ position, facts });
  }
  let open = decide(withFacts);
  for (const group of batches(positionsOf(open), factsAt, STRUCTURES)) {
    const loaded = await loadBatch(gateway, group, factsAt, STRUCTURES);
    const byPosition = new Map(loaded.map((message) => [message.position, message.structure]));
    for (const candidate of open) candidate.structure ??= byPosition.get(candidate.position);
  }
  open = decide(open.filter((candidate) => candidate.structure !== undefined));
  const texts = textCriteria(criterion);
  for (const group of batches(positionsOf(open), factsAt, BYTES)) {
    for (const message of await loadBatch(gateway, group, factsAt, BYTES)) {
      const { position, facts, structure, bytes } = message;
      if (facts === undefined || structure === undefined) continue;
      await searchBytes(session, { position, facts, structure }, bytes, texts, decide);
    }
  }
}

async function searchBytes(
  session: ImapSession,
  candidate: Candidate,
  bytes: Buffer | undefined,
  texts: readonly TextCriterion[],
  decide: (candidates: readonly Candidate[]) => Candidate[],
): Promise<void> {
  const { storage } = session.gateway.ports;
  const message: MessageBytes = { emailId: candidate.facts!.emailId, structure: candidate.structure!, bytes };
  candidate.header = await readHeader(storage, message);
  if (decide([candidate]).length === 0) return;
  candidate.found = await findText(storage, message, texts);
  decide([candidate]);
}

function positionsOf(candidates: readonly Candidate[]): number[] {
  return candidates.map((candidate) => candidate.position);
}

function textCriteria(criterion: Criterion): TextCriterion[] {
  switch (criterion.test) {
    case 'and':
    case 'or':
      return criterion.of.flatMap(textCriteria);
    case 'not':
      return textCriteria(criterion.of);
    case 'text':
    case 'body':
      return [criterion];
    default:
      return [];
  }
}
