import type { PartialRange, ReturnOptions } from './return-options.ts';
import { formatSequenceSet } from './sequence-set.ts';

/** `TAG "a1"`: which command an ESEARCH response belongs to. */
export function tagCorrelator(tag: string): string {
  return `TAG "${tag}"`;
}

/**
 * An ESEARCH response (RFC 4731 §3.1, RFC 9394 §3.1). `numbers`: all results, ascending, or in the order of a SORT:
 * MIN is the first of them then, and MAX the last (RFC 5267 §3). `modSeq`: of a search by MODSEQ (RFC 7162 §3.1.10).
 * `scores`: how relevant each result is (RFC 6203 §4).
 * Without its line end.
 */
export function formatEsearch(
  correlator: string,
  uid: boolean,
  { wanted, partial }: ReturnOptions,
  numbers: readonly number[],
  modSeq?: number,
  scores?: readonly number[],
): string {
  let text = `* ESEARCH (${correlator})${uid ? ' UID' : ''}`;
  if (numbers.length > 0) {
    if (wanted.has('MIN')) text += ` MIN ${numbers[0]}`;
    if (wanted.has('MAX')) text += ` MAX ${numbers.at(-1)}`;
  }
  if (wanted.has('COUNT')) text += ` COUNT ${numbers.length}`;
  if (wanted.has('ALL') && numbers.length > 0) text += ` ALL ${formatSequenceSet(numbers)}`;
  if (partial !== null) {
    const page = pageOf(numbers, partial);
    const set = page.length === 0 ? 'NIL' : formatSequenceSet(page);
    text += ` PARTIAL (${partial.first}:${partial.last} ${set})`;
  }
  if (wanted.has('RELEVANCY') && scores !== undefined) {
    const told = partial === null || wanted.has('ALL') ? scores : pageOf(scores, partial);
    text += ` RELEVANCY (${told.join(' ')})`;
  }
  if (modSeq !== undefined && numbers.length > 0) text += ` MODSEQ ${modSeq}`;
  return text;
}

/** The results on this page, in their order. */
export function pageOf<Value>(values: readonly Value[], { first, last }: PartialRange): readonly Value[] {
  const low = Math.min(Math.abs(first), Math.abs(last));
  const high = Math.max(Math.abs(first), Math.abs(last));
  if (first > 0) return values.slice(low - 1, high);
  return values.slice(Math.max(0, values.length - high), Math.max(0, values.length - low + 1));
}

/** What SAVE keeps (RFC 5182 §2.4, RFC 9394 §3.3): no more than was returned when that was MIN, MAX or a page alone. */
export function savedResults<Value>(
  values: readonly Value[],
  { wanted, partial }: ReturnOptions,
): readonly Value[] {
  const some = wanted.has('MIN') || wanted.has('MAX') || partial !== null;
  if (!some || wanted.has('ALL') || wanted.has('COUNT')) return values;
  const saved = new Set<Value>(partial === null ? [] : pageOf(values, partial));
  if (wanted.has('MIN') && values.length > 0) saved.add(values[0]!);
  if (wanted.has('MAX') && values.length > 0) saved.add(values.at(-1)!);
  return [...saved];
}

/** True when SAVE is all that was asked for: then nothing is returned. */
export function returnsNothing({ wanted, partial }: ReturnOptions): boolean {
  return partial === null && wanted.has('SAVE') && wanted.size === 1;
}
