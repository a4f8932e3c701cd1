import type { EmailFilter, EmailFilterCondition, Mailbox } from '../jmap/types.ts';

/** A search of more words than anyone writes is cut. */
const MAX_TERMS = 32;

/**
 * What people type into a search field, as a filter (RFC 8621 §4.4.1): words, "phrases", `from:` `to:` `cc:` `bcc:`
 * `subject:` `body:` `has:attachment` `is:unread` `is:read` `is:flagged` `is:answered` `before:` `after:` (days,
 * 2026-01-31) `in:` (a mailbox by name, path or role), `larger:` `smaller:` (5M), and `-` before any of them for "not".
 * What is no operator that we know is searched as it stands.
 */
export function parseSearch(query: string, mailboxes: readonly Mailbox[]): EmailFilter | undefined {
  const conditions = terms(query)
    .slice(0, MAX_TERMS)
    .map(({ negative, name, value }): EmailFilter => {
      const condition = conditionOf(name, value, mailboxes);
      return negative ? { operator: 'NOT', conditions: [condition] } : condition;
    });
  if (conditions.length === 0) return undefined;
  return conditions.length === 1 ? conditions[0] : { operator: 'AND', conditions };
}

interface Term {
  readonly negative: boolean;
  readonly name: string;
  readonly value: string;
}

/** Walks the query once. */
export function terms(query: string): readonly Term[] {
  const found: Term[] = [];
  let at = 0;
  while (at < query.length) {
    if (isSpace(query[at]!)) {
      at++;
      continue;
    }
    const negative = query[at] === '-' && at + 1 < query.length && !isSpace(query[at + 1]!);
    if (negative) at++;
    let name = '';
    let value = '';
    while (at < query.length && !isSpace(query[at]!)) {
      const character = query[at]!;
      if (character === '"') {
        const end = query.indexOf('"', at + 1);
        value += query.slice(at + 1, end < 0 ? undefined : end);
        at = end < 0 ? query.length : end + 1;
      } else if (character === ':' && name === '' && OPERATORS.has(value.toLowerCase())) {
        name = value.toLowerCase();
        value = '';
        at++;
      } else {
        value += character;
        at++;
      }
    }
    if (value !== '') found.push({ negative, name, value });
    else if (name !== '') found.push({ negative, name: '', value: `${name}:` });
  }
  return found;
}

const isSpace = (character: string): boolean => character.trim() === '';

const OPERATORS = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'body',
  'has',
  'is',
  'before',
  'after',
  'in',
  'larger',
  'smaller',
]);

function conditionOf(name: string, value: string, mailboxes: readonly Mailbox[]): EmailFilterCondition {
  const asText: EmailFilterCondition = { text: name === '' ? value : `${name}:${value}` };
  switch (name) {
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'subject':
    case 'body':
      return { [name]: value };
    case 'has':
      return value.toLowerCase().startsWith('attach') ? { hasAttachment: true } : asText;
    case 'is':
      return STATES[value.toLowerCase()] ?? asText;
    case 'before':
    case 'after': {
      const day = dayOf(value);
      if (day === undefined) return asText;
      return { [name]: day };
    }
    case 'larger':
    case 'smaller': {
      const bytes = bytesOf(value);
      if (bytes === undefined) return asText;
      return name === 'larger' ? { minSize: bytes } : { maxSize: bytes };
    }
    case 'in': {
      const mailbox = findMailbox(value, mailboxes);
      return mailbox ? { inMailbox: mailbox.id } : asText;
    }
    default:
      return asText;
  }
}

const STATES: Readonly<Record<string, EmailFilterCondition>> = {
  unread: { notKeyword: '$seen' },
  read: { hasKeyword: '$seen' },
  flagged: { hasKeyword: '$flagged' },
  starred: { hasKeyword: '$flagged' },
  answered: { hasKeyword: '$answered' },
  draft: { hasKeyword: '$draft' },
};

/** `2026-01-31`, `2026/1/31` or `31.1.2026`: the beginning of that day here, as a UTCDate. */
function dayOf(value: string): string | undefined {
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(value);
  const local = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(value);
  const [year, month, day] = iso ? iso.slice(1) : local ? [local[3], local[2], local[1]] : [];
  if (year === undefined) return undefined;
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  if (date.getMonth() !== Number(month) - 1) return undefined;
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function bytesOf(value: string): number | undefined {
  const match = /^(\d{1,9})\s?([kmg]?)b?$/i.exec(value);
  if (!match) return undefined;
  return Number(match[1]) * { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[match[2]!.toLowerCase()]!;
}

function findMailbox(value: string, mailboxes: readonly Mailbox[]): Mailbox | undefined {
  const wanted = value.toLowerCase();
  return (
    mailboxes.find(({ role }) => role === wanted) ??
    mailboxes.find(({ name }) => name.toLowerCase() === wanted) ??
    mailboxes.find((one) => pathOf(one, mailboxes).toLowerCase() === wanted)
  );
}

/** Names from the top down, with a slash between. */
export function pathOf(mailbox: Mailbox, mailboxes: readonly Mailbox[]): string {
  const names = [mailbox.name];
  let parent = mailbox.parentId;
  for (let depth = 0; parent !== null && depth < 64; depth++) {
    const found = mailboxes.find(({ id }) => id === parent);
    if (!found) break;
    names.unshift(found.name);
    parent = found.parentId;
  }
  return names.join('/');
}
