import type { MessageFacts } from '../../../shared/mailbox/types.ts';
import { decodeCharset } from '../../../shared/message/charset.ts';
import { parseDate } from '../../../shared/message/date.ts';
import { decodeWords } from '../../../shared/message/encoded-word.ts';
import type { Address, EnvelopeStructure, MessageStructure } from '../../../shared/message/structure.ts';
import { DAY_MS } from '../../../shared/protocol/imap/date-time.ts';
import { rangesContain } from '../../../shared/protocol/imap/sequence-set.ts';
import { type MessageView, RECENT } from '../message-view.ts';
import { decodeRareCharset } from './charset.ts';
import type { Criterion, TextCriterion } from './criterion.ts';
import { fold } from './fold.ts';

/** What is known of a message so far; more is read only for those that this does not decide. */
export interface Candidate {
  readonly position: number;
  facts?: MessageFacts;
  structure?: MessageStructure;
  /** Folded, decoded values of a field of the message's header. */
  header?: (field: string) => readonly string[];
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
    case 'keyword': {
      const keywords = view.keywords.get(view.uids[candidate.position]!);
      return keywords?.some((keyword) => keyword.toLowerCase() === criterion.keyword) ?? false;
    }
    case 'larger':
      return candidate.facts && candidate.facts.size > criterion.size;
    case 'smaller':
      return candidate.facts && candidate.facts.size < criterion.size;
    case 'date':
      return evaluateDate(criterion, candidate);
    case 'header':
      return evaluateHeader(criterion.field, criterion.needle, candidate);
    case 'text':
    case 'body':
      return candidate.found?.has(criterion);
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

/** Days as written: time and zone are disregarded (RFC 3501 §6.4.4); INTERNALDATE is told in UTC. */
function evaluateDate(
  criterion: Extract<Criterion, { test: 'date' }>,
  candidate: Candidate,
): boolean | undefined {
  let unixMs: number;
  if (criterion.sent) {
    if (candidate.structure === undefined) return undefined;
    const date = parseDate(candidate.structure.envelope.date ?? '');
    if (date === null) return false;
    unixMs = date.unixMs + date.zoneMinutes * 60_000;
  } else {
    if (candidate.facts === undefined) return undefined;
    unixMs = candidate.facts.internalDate;
  }
  const day = Math.floor(unixMs / DAY_MS);
  if (criterion.relation === 'on') return day === criterion.day;
  return criterion.relation === 'before' ? day < criterion.day : day >= criterion.day;
}

function evaluateHeader(field: string, needle: string, candidate: Candidate): boolean | undefined {
  const values = envelopeValues(field, candidate.structure?.envelope) ?? candidate.header?.(field);
  return values?.some((value) => value.includes(needle));
}

/** The fields that the envelope holds need no header read. */
function envelopeValues(
  field: string,
  envelope: EnvelopeStructure | undefined,
): readonly string[] | undefined {
  if (envelope === undefined) return undefined;
  switch (field) {
    case 'subject':
      return envelope.subject === null ? [] : [foldField(envelope.subject)];
    case 'message-id':
      return envelope.messageId === null ? [] : [foldField(envelope.messageId)];
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
      return envelope[field].length === 0 ? [] : [envelope[field].map(addressText).join(', ')];
    default:
      return undefined;
  }
}

function addressText({ name, mailbox, host }: Address): string {
  if (host === null) return foldField(mailbox ?? '');
  return foldField(name === null ? `${mailbox}@${host}` : `${name} <${mailbox}@${host}>`);
}

/** @param value unfolded, latin1. */
export function foldField(value: string): string {
  return fold(
    decodeWords(
      value,
      (bytes, charset) => decodeCharset(bytes, charset) ?? decodeRareCharset(bytes, charset),
    ),
  );
}
