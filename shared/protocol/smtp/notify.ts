/** RFC 3461 NOTIFY as bits; 0: not given (failure and delay by the server's choice). */
export const Notify = { Never: 1, Success: 2, Failure: 4, Delay: 8 } as const;

const WORDS: Readonly<Record<string, number>> = {
  SUCCESS: Notify.Success,
  FAILURE: Notify.Failure,
  DELAY: Notify.Delay,
};

/** RFC 3461 §4.1: `NEVER` alone, or the others in a list; undefined: neither. */
export function parseNotify(value: string): number | undefined {
  if (value.toUpperCase() === 'NEVER') return Notify.Never;
  let bits = 0;
  for (const word of value.toUpperCase().split(',')) {
    const bit = WORDS[word];
    if (bit === undefined || (bits & bit) !== 0) return undefined;
    bits |= bit;
  }
  return bits;
}
