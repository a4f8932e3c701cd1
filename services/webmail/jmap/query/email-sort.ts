import { z } from 'zod';
import { MethodError } from '../method.ts';

const comparator = z.strictObject({
  property: z.string().max(100),
  isAscending: z.boolean().nullish(),
  collation: z.string().max(100).nullish(),
  keyword: z.string().min(1).max(255).nullish(),
});

const PROPERTIES = ['receivedAt', 'sentAt', 'size', 'from', 'to', 'subject'] as const;
const KEYWORD_PROPERTIES = ['hasKeyword', 'allInThreadHaveKeyword', 'someInThreadHaveKeyword'] as const;

/** `emailQuerySortOptions` (RFC 8621 §1.3.1). */
export const SORT_OPTIONS: readonly string[] = [...PROPERTIES, ...KEYWORD_PROPERTIES];

export type EmailComparator = { readonly ascending: boolean } & (
  | { readonly property: (typeof PROPERTIES)[number] }
  | { readonly property: (typeof KEYWORD_PROPERTIES)[number]; readonly keyword: string }
);

const MAX_COMPARATORS = 10;
const COLLATIONS = ['i;ascii-casemap', 'i;unicode-casemap', 'i;octet'];

/** Throws `MethodError`: unsupportedSort. */
export function readEmailSort(value: unknown): EmailComparator[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_COMPARATORS)
    throw new MethodError('invalidArguments', `sort is a list of at most ${MAX_COMPARATORS} comparators`);
  return value.map((one) => {
    const result = comparator.safeParse(one);
    if (!result.success) throw new MethodError('invalidArguments', 'a comparator of sort is wrong');
    const { property, isAscending, collation, keyword } = result.data;
    const ascending = isAscending ?? true;
    if (collation != null && !COLLATIONS.includes(collation))
      throw new MethodError('unsupportedSort', 'the collation is not known');
    const plain = PROPERTIES.find((each) => each === property);
    if (plain !== undefined) return { property: plain, ascending };
    const byKeyword = KEYWORD_PROPERTIES.find((each) => each === property);
    if (byKeyword === undefined)
      throw new MethodError('unsupportedSort', `emails are not sorted by ${property}`);
    if (keyword == null) throw new MethodError('invalidArguments', `${property} needs a keyword`);
    return { property: byKeyword, keyword, ascending };
  });
}

export const isThreadComparator = ({ property }: EmailComparator): boolean =>
  property === 'allInThreadHaveKeyword' || property === 'someInThreadHaveKeyword';
