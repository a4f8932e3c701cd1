import { FLAG_NAMES, type FlagSet, MAX_KEYWORD_BYTES, MAX_KEYWORDS } from '../../shared/mailbox/types.ts';
import { RECENT } from './message-view.ts';
import { REFUSALS, Refused } from './refusals.ts';

const BITS = new Map(FLAG_NAMES.map(([name, bit]) => [name.toLowerCase(), bit]));
/** Text of every combination of system flags and \Recent. */
const TEXTS: readonly string[] = Array.from({ length: 64 }, (_, bits) =>
  [
    ...FLAG_NAMES.filter(([, bit]) => bits & bit).map(([name]) => name),
    ...(bits & RECENT ? ['\\Recent'] : []),
  ].join(' '),
);
export const SYSTEM_FLAGS = TEXTS[31]!;

/** Flags as a client wrote them. Throws `Refused`: an unknown system flag or \Recent, too many keywords. */
export function readFlags(names: readonly string[]): FlagSet {
  let system = 0;
  const keywords = new Map<string, string>();
  for (const name of names) {
    if (name.startsWith('\\')) {
      const bit = BITS.get(name.toLowerCase());
      if (bit === undefined) throw new Refused(REFUSALS.systemFlag);
      system |= bit;
    } else {
      if (name.length > MAX_KEYWORD_BYTES) throw new Refused(REFUSALS.keywords);
      keywords.set(name.toLowerCase(), name);
    }
  }
  if (keywords.size > MAX_KEYWORDS) throw new Refused(REFUSALS.keywords);
  return { system, keywords: [...keywords.values()].sort() };
}

/** The bit of a system flag by its name in any case; undefined: none. */
export function systemFlag(name: string): number | undefined {
  return BITS.get(name.toLowerCase());
}

/** `bits`: system flags and RECENT. Without parentheses. */
export function formatFlags(bits: number, keywords: readonly string[] | undefined): string {
  const text = TEXTS[bits & 63]!;
  if (keywords === undefined || keywords.length === 0) return text;
  return text === '' ? keywords.join(' ') : `${text} ${keywords.join(' ')}`;
}
