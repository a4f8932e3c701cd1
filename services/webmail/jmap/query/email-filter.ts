import { z } from 'zod';
import { readDate } from '../dates.ts';
import { MAX_FILTER_CONDITIONS, MAX_FILTER_DEPTH } from '../limits.ts';
import { MethodError } from '../method.ts';

const date = z.string().transform((text, context) => {
  const read = readDate(text);
  if (read !== undefined) return read.unixMs;
  context.addIssue({ code: 'custom', message: 'is no date' });
  return z.NEVER;
});
const mailboxId = z.string().regex(/^\d{1,15}$/, 'is no mailbox');
const text = z.string().max(1_000);
const keyword = z.string().min(1).max(255);
const size = z.int().min(0);

/** FilterCondition of RFC 8621 §4.4.1, a test each. */
const condition = z.strictObject({
  inMailbox: mailboxId.optional(),
  inMailboxOtherThan: z.array(mailboxId).max(1_000).optional(),
  before: date.optional(),
  after: date.optional(),
  minSize: size.optional(),
  maxSize: size.optional(),
  allInThreadHaveKeyword: keyword.optional(),
  someInThreadHaveKeyword: keyword.optional(),
  noneInThreadHaveKeyword: keyword.optional(),
  hasKeyword: keyword.optional(),
  notKeyword: keyword.optional(),
  hasAttachment: z.boolean().optional(),
  text: text.optional(),
  from: text.optional(),
  to: text.optional(),
  cc: text.optional(),
  bcc: text.optional(),
  subject: text.optional(),
  body: text.optional(),
  header: z.array(text).min(1).max(2).optional(),
});

export type EmailCondition = z.infer<typeof condition>;

export type EmailFilter =
  | { readonly operator: 'AND' | 'OR' | 'NOT'; readonly conditions: readonly EmailFilter[] }
  | EmailCondition;

export const isOperator = (filter: EmailFilter): filter is Extract<EmailFilter, { operator: string }> =>
  'operator' in filter;

/** Throws `MethodError`: unsupportedFilter for a condition that is none, invalidArguments for one that is wrong. */
export function readEmailFilter(value: unknown): EmailFilter | undefined {
  if (value === null || value === undefined) return undefined;
  let conditions = 0;
  const read = (one: unknown, depth: number): EmailFilter => {
    conditions += 1;
    if (depth > MAX_FILTER_DEPTH || conditions > MAX_FILTER_CONDITIONS)
      throw new MethodError('unsupportedFilter', 'the filter is too large');
    if (typeof one !== 'object' || one === null)
      throw new MethodError('invalidArguments', 'a filter is an object');
    if (!('operator' in one)) return readCondition(one);
    const { operator, conditions: inner } = one as { operator: unknown; conditions?: unknown };
    if ((operator !== 'AND' && operator !== 'OR' && operator !== 'NOT') || !Array.isArray(inner))
      throw new MethodError('invalidArguments', 'operator is AND, OR or NOT, over conditions');
    return { operator, conditions: inner.map((each) => read(each, depth + 1)) };
  };
  return read(value, 0);
}

function readCondition(value: object): EmailCondition {
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(condition.shape, name));
  if (unknown !== undefined)
    throw new MethodError('unsupportedFilter', `there is no condition ${unknown.slice(0, 100)}`);
  // A condition that is null is as good as none.
  const given = Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
  const result = condition.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new MethodError('invalidArguments', `filter/${issue?.path.join('/')}: ${issue?.message}`);
}

/** Does the outcome depend on other emails of the thread? */
export function isByThread(filter: EmailFilter | undefined): boolean {
  if (filter === undefined) return false;
  if (isOperator(filter)) return filter.conditions.some(isByThread);
  return (
    filter.allInThreadHaveKeyword !== undefined ||
    filter.someInThreadHaveKeyword !== undefined ||
    filter.noneInThreadHaveKeyword !== undefined
  );
}

/** Does it look into the text? */
export function isByText(filter: EmailFilter | undefined): boolean {
  if (filter === undefined) return false;
  if (isOperator(filter)) return filter.conditions.some(isByText);
  return (['text', 'from', 'to', 'cc', 'bcc', 'subject', 'body', 'header', 'hasAttachment'] as const).some(
    (name) => filter[name] !== undefined,
  );
}

/** The mailbox that every match is in, where the filter says so. */
export function mailboxOf(filter: EmailFilter | undefined): string | undefined {
  if (filter === undefined) return undefined;
  if (!isOperator(filter)) return filter.inMailbox;
  if (filter.operator !== 'AND') return undefined;
  for (const each of filter.conditions) {
    const found = mailboxOf(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What a person has typed, as strings that all have to occur: words, and "phrases" in quotes of either kind; a backslash takes
 * the meaning from what follows (RFC 8621 §4.4.1).
 */
export function searchWords(typed: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < typed.length; at += 1) {
    const character = typed[at]!;
    if (character === '\\' && at + 1 < typed.length) {
      at += 1;
      word += typed[at];
    } else if (quote !== '') {
      if (character === quote) {
        words.push(word);
        word = '';
        quote = '';
      } else word += character;
    } else if (character === '"' || (character === "'" && word === '')) {
      if (word !== '') words.push(word);
      word = '';
      quote = character;
    } else if (/\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
    } else word += character;
  }
  if (word !== '') words.push(word);
  return words.filter((each) => each !== '');
}
