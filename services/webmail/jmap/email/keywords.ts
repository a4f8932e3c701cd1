import { Flag } from '../../../../shared/mailbox/types.ts';

/** RFC 8621 §4.1.1: IMAP's system flags, but for \Deleted and \Recent, which JMAP does not have. */
const SYSTEM: Readonly<Record<string, number>> = {
  $seen: Flag.Seen,
  $answered: Flag.Answered,
  $flagged: Flag.Flagged,
  $draft: Flag.Draft,
};

/** The `keywords` of an Email. */
export function keywordsOf(flags: number, keywords: readonly string[]): Record<string, true> {
  const system = Object.entries(SYSTEM).filter(([, bit]) => (flags & bit) !== 0);
  return Object.fromEntries([...system.map(([name]) => name), ...keywords].map((name) => [name, true]));
}

export type KeywordTest = { readonly bit: number } | { readonly keyword: string };

/** What a keyword is in the store. @param name in any case. */
export function keywordTest(name: string): KeywordTest {
  const lower = name.toLowerCase();
  return Object.hasOwn(SYSTEM, lower) ? { bit: SYSTEM[lower]! } : { keyword: lower };
}

/** RFC 8621 §4.1.1: 1 to 255 characters of an IMAP atom; ours are shorter (MAX_KEYWORD_BYTES). */
const KEYWORD = /^[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|~[]{1,128}$/;

export function isKeyword(name: string): boolean {
  return KEYWORD.test(name);
}
