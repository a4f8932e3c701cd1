import { FLAG_NAMES, type FlagSet, MAX_KEYWORDS } from '../../../shared/mailbox/types.ts';
import { distinctKeywords } from '../keywords.ts';

const SYSTEM = new Map(FLAG_NAMES.map(([name, bit]) => [name.toLowerCase(), bit]));

/** Flags as a script names them; system flags that there are not are passed over (RFC 5232 §2). */
export function flagSetOf(names: readonly string[]): FlagSet {
  let system = 0;
  const keywords: string[] = [];
  for (const name of names) {
    if (name.startsWith('\\')) system |= SYSTEM.get(name.toLowerCase()) ?? 0;
    else if (keywords.length < MAX_KEYWORDS) keywords.push(name);
  }
  return { system, keywords: distinctKeywords(keywords) };
}
