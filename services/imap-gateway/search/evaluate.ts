import { parseDate } from '../../../shared/message/date.ts';
import type { MessageStructure } from '../../../shared/message/structure.ts';
import { DAY_MS } from '../../../shared/protocol/imap/date-time.ts';
import { rangesContain } from '../../../shared/protocol/imap/sequence-set.ts';
import { headerHas } from '../../../shared/search/message-text.ts';
import { type MessageView, RECENT } from '../message-view.ts';
import type { Criterion, StoredCriterion, TextCriterion } from './criterion.ts';

/** What the store said of a criterion, by position in the view: TRUE, FALSE, or 0 where it cannot tell. */
export type Answers = ReadonlyMap<StoredCriterion, Uint8Array>;
export const TRUE = 1;
export const FALSE = 2;

/** What is known of a message so far; more is read only for those that this does not decide. */
export interface Candidate {
  readonly position: number;
  readonly answers: Answers;
  structure?: MessageStructure;
  /** Folded lines of the message's header. */
  header?: readonly string[];
  /** The text criteria that were found in the message; all others were not. */
  found?: ReadonlySet<TextCriterion>;
}

/** True or false where it is decided, undefined where something must be read first (Kleene's logic). */
export function evaluate(criterion: Criterion, view: MessageView, candidate: Candidate): boolean | undefined {
  switch (criterion.test) {
    case 'all':
      return true;
    case 'and':
      return every(criterion.of, view, candidate);
    case 'or':
      return some(criterion.of, view, candidate);
    case 'not': {
      const inner = evaluate(criterion.of, view, candidate);
      return inner === undefined ? undefined : !inner;
    }
    case 'sequence':
      return rangesContain(criterion.ranges, candidate.position + 1);
    case 'uid':
      return rangesContain(criterion.ranges, view.uids[candidate.position]!);
    case 'system-flag':
      return (view.flags[candidate.position]! & criterion.bit) !== 0;
    case 'recent':
      return (view.flags[candidate.position]! & RECENT) !== 0;
    case 'modseq':
      return view.modSeqs[candidate.position]! >= criterion.modSeq;
    case 'keyword': {
      const keywords = view.keywords.get(view.uids[candidate.position]!);
      return keywords?.some((keyword) => keyword.toLowerCase() === criterion.keyword) ?? false;
    }
    default:
      return answered(criterion, candidate) ?? read(criterion, candidate);
  }
}

function answered(criterion: StoredCriterion, { answers, position }: Candidate): boolean | undefined {
  const answer = answers.get(criterion)?.[position];
  return answer === TRUE ? true : answer === FALSE ? false : undefined;
}

/** By what was read of the message itself. */
function read(criterion: StoredCriterion, candidate: Candidate): boolean | undefined {
  switch (criterion.test) {
    case 'sent':
      return candidate.structure && sentOn(criterion, candidate.structure);
    case 'header':
      return candidate.header && headerHas(candidate.header, criterion.field, criterion.needle);
    case 'text':
    case 'body':
      return candidate.found?.has(criterion);
    default:
      return undefined;
  }
}

function every(all: readonly Criterion[], view: MessageView, candidate: Candidate): boolean | undefined {
  let result: boolean | undefined = true;
  for (const each of all) {
    const value = evaluate(each, view, candidate);
    if (value === false) return false;
    if (value === undefined) result = undefined;
  }
  return result;
}

function some(any: readonly Criterion[], view: MessageView, candidate: Candidate): boolean | undefined {
  let result: boolean | undefined = false;
  for (const each of any) {
    const value = evaluate(each, view, candidate);
    if (value === true) return true;
    if (value === undefined) result = undefined;
  }
  return result;
}

/** The day as written: time and zone are disregarded (RFC 9051 §6.4.4). */
function sentOn(
  { relation, day }: Extract<Criterion, { test: 'sent' }>,
  { envelope }: MessageStructure,
): boolean {
  const date = parseDate(envelope.date ?? '');
  if (date === null) return false;
  const sent = Math.floor((date.unixMs + date.zoneMinutes * 60_000) / DAY_MS);
  if (relation === 'on') return sent === day;
  return relation === 'before' ? sent < day : sent >= day;
}
