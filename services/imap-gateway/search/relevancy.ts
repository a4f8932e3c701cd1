import type { SearchKey } from '../../../shared/protocol/imap/search-key.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import { type Criterion, decoderOf, fuzzyWords } from './criterion.ts';
import { runSearch, type SearchScope } from './run-search.ts';

/** A string that is searched for fuzzily: folded; of a field, of the body, or of both. */
interface FuzzyTerm {
  readonly words: readonly string[];
  readonly phrase: string;
  criterion(needle: string): Criterion;
  readonly subject: boolean;
}

/** What part of the score each has: the words as they were written, all of them in a row, and in the subject. */
const WORDS = 50;
const PHRASE = 30;
const SUBJECT = 19;
/** Words beyond these add nothing. */
const MAX_SCORED_WORDS = 8;

/** Throws `Refused`: without FUZZY there is no relevancy (RFC 6203 §4). */
export function demandFuzzy(key: SearchKey): void {
  if (!hasFuzzy(key)) throw new Refused(REFUSALS.notFuzzy);
}

/**
 * How relevant each of these messages, which all match, is to the strings that are searched for fuzzily: 1 to 100 (RFC 6203 §4). Found
 * by exact searches among them.
 */
export async function relevancy(
  scope: SearchScope,
  key: SearchKey,
  charset: string | null,
  positions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const ascending = [...positions].sort((one, other) => one - other);
  const terms = fuzzyTerms(key, decoderOf(charset));
  const scores = new Map<number, number>(ascending.map((position) => [position, 1]));
  const add = async (criterion: Criterion, points: number): Promise<void> => {
    for (const position of await runSearch(scope, criterion, ascending))
      scores.set(position, scores.get(position)! + points);
  };
  for (const { words, phrase, criterion, subject } of terms) {
    const scored = words.slice(0, MAX_SCORED_WORDS);
    const share = 1 / (terms.length * Math.max(1, scored.length));
    for (const word of scored) {
      await add(criterion(word), WORDS * share);
      const inSubject: Criterion = { test: 'header', field: 'subject', needle: word };
      await add(subject ? criterion(word) : inSubject, SUBJECT * share);
    }
    await add(criterion(phrase), PHRASE / terms.length);
  }
  // Where no string was searched for, all match as well.
  if (terms.length === 0) for (const position of ascending) scores.set(position, 100);
  return new Map(
    [...scores].map(([position, score]) => [position, Math.max(1, Math.min(100, Math.round(score)))]),
  );
}

function hasFuzzy(key: SearchKey): boolean {
  switch (key.key) {
    case 'fuzzy':
      return true;
    case 'and':
    case 'or':
      return key.keys.some(hasFuzzy);
    case 'not':
      return hasFuzzy(key.of);
    default:
      return false;
  }
}

function fuzzyTerms(key: SearchKey, decode: (value: Buffer) => string, fuzzy = false): FuzzyTerm[] {
  switch (key.key) {
    case 'fuzzy':
      return fuzzyTerms(key.of, decode, true);
    case 'and':
    case 'or':
      return key.keys.flatMap((one) => fuzzyTerms(one, decode, fuzzy));
    case 'header':
    case 'text':
    case 'body': {
      const phrase = decode(key.value);
      const words = fuzzyWords(phrase);
      if (!fuzzy || words.length === 0) return [];
      const criterion = (needle: string): Criterion =>
        key.key === 'header' ? { test: 'header', field: key.field, needle } : { test: key.key, needle };
      return [{ words, phrase, criterion, subject: key.key === 'header' && key.field === 'subject' }];
    }
    default:
      return [];
  }
}
