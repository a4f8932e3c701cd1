import type { AccountId, MailboxId } from '../../../shared/mailbox/types.ts';
import { headerLines, type MessageBytes } from '../../../shared/search/message-text.ts';
import type { Asking } from '../asking.ts';
import { readFacts } from '../fetch/facts-at.ts';
import { batches, loadBatch, type Needs } from '../fetch/message-batch.ts';
import type { Gateway } from '../gateway.ts';
import { FACTS_PAGE } from '../limits.ts';
import { EXPUNGED, type MessageView } from '../message-view.ts';
import type { ImapSession } from '../session.ts';
import type { Criterion, TextCriterion } from './criterion.ts';
import { demandRead } from './demand-read.ts';
import { type Candidate, evaluate } from './evaluate.ts';
import { findText } from './find-text.ts';
import { StoredAnswers, storedCriteria } from './stored-answers.ts';

/** Where is searched. */
export interface SearchScope {
  readonly gateway: Gateway;
  readonly account: AccountId;
  readonly asking: Asking;
  readonly mailboxId: MailboxId;
  readonly view: MessageView;
}

export function selectedScope(session: ImapSession): SearchScope {
  const { mailboxId, view } = session.selected!;
  return { gateway: session.gateway, account: session.owner, asking: session.asking(), mailboxId, view };
}

const BYTES: Needs = { facts: true, structure: true, bytes: 'part' };

/**
 * Positions of the messages that match, ascending. What lies nearest is asked first: the view, the store's rows and its index,
 * and the messages themselves, these only where the index has not got to; each step only for what the steps before it left
 * open. `among`: positions, ascending; missing: all.
 */
export async function runSearch(
  scope: SearchScope,
  criterion: Criterion,
  among?: readonly number[],
): Promise<number[]> {
  const { view, gateway } = scope;
  await demandRead(scope);
  const stored = new StoredAnswers(gateway.index, scope, view);
  const { answers } = stored;
  const matches: number[] = [];
  let open = among === undefined ? allOf(view) : [...among];
  const decide = (): void => {
    open = open.filter((position) => {
      const value = evaluate(criterion, view, { position, answers });
      if (value) matches.push(position);
      return value === undefined;
    });
  };
  decide();
  for (const one of storedCriteria(criterion)) {
    if (open.length === 0) break;
    await stored.ask(one, open);
    decide();
  }
  const texts = storedCriteria(criterion).filter(
    (one): one is TextCriterion => one.test === 'text' || one.test === 'body',
  );
  for (let at = 0; at < open.length; at += FACTS_PAGE)
    await searchPage(scope, criterion, open.slice(at, at + FACTS_PAGE), stored, texts, matches);
  return matches.sort((a, b) => a - b);
}

function allOf(view: MessageView): number[] {
  const positions: number[] = [];
  for (let position = 0; position < view.count; position += 1)
    if (!(view.flags[position]! & EXPUNGED)) positions.push(position);
  return positions;
}

async function searchPage(
  scope: SearchScope,
  criterion: Criterion,
  positions: readonly number[],
  { answers }: StoredAnswers,
  texts: readonly TextCriterion[],
  matches: number[],
): Promise<void> {
  const { gateway, view } = scope;
  const factsAt = await readFacts(scope, positions);
  const decided = (candidate: Candidate): boolean => {
    const value = evaluate(criterion, view, candidate);
    if (value) matches.push(candidate.position);
    return value !== undefined;
  };
  for (const group of batches(positions, factsAt, BYTES)) {
    for (const { position, facts, structure, bytes } of await loadBatch(gateway, group, factsAt, BYTES)) {
      if (facts === undefined || structure === undefined) continue;
      const { storage } = gateway.ports;
      const message: MessageBytes = { emailId: facts.emailId, structure, bytes };
      const candidate: Candidate = { position, answers, structure };
      if (decided(candidate)) continue;
      candidate.header = await headerLines(storage, message);
      if (decided(candidate)) continue;
      candidate.found = await findText(storage, message, texts);
      decided(candidate);
    }
  }
}
