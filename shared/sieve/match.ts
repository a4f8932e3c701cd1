import type { ArgumentReader } from './arguments.ts';
import { COMPARATORS, type Comparator, DEFAULT_COMPARATOR } from './comparator.ts';
import { SieveRunError } from './error.ts';
import type { Run } from './run.ts';
import type { SieveRegex, Template } from './scope.ts';
import { compileWildcard, type Wildcard } from './wildcard.ts';

/** Compares the values a test found with its keys: true when one of them matches (RFC 5228 §2.7). */
export interface Matcher {
  matches(run: Run, values: Iterable<string>, keys: readonly Template[]): boolean;
}

const RELATIONS: Readonly<Record<string, (difference: number) => boolean>> = {
  gt: (difference) => difference > 0,
  ge: (difference) => difference >= 0,
  lt: (difference) => difference < 0,
  le: (difference) => difference <= 0,
  eq: (difference) => difference === 0,
  ne: (difference) => difference !== 0,
};

/** Patterns with variables are compiled as they come; so many of them are remembered. */
const MAX_COMPILED = 100;

/** Takes match type and comparator from the arguments. `only`: match types that the test allows. */
export function readMatcher(read: ArgumentReader): Matcher {
  const comparator = readComparator(read);
  const kind = read.oneOf(['is', 'contains', 'matches']);
  const regex = read.tag('regex', 'regex');
  const value = read.tagConstant('value', 'relational');
  const count = read.tagConstant('count', 'relational');
  if ([kind, regex || undefined, value, count].filter((one) => one !== undefined).length > 1)
    read.fail('one match type at most');
  if (comparator.name === 'i;ascii-numeric' && (kind === 'contains' || kind === 'matches' || regex))
    read.fail('i;ascii-numeric compares whole numbers only');
  if (value !== undefined) return valueMatcher(relation(read, value), comparator);
  if (count !== undefined) return countMatcher(relation(read, count), comparator);
  if (regex) return regexMatcher(read, comparator);
  if (kind === 'contains') return containsMatcher(comparator);
  if (kind === 'matches') return wildcardMatcher(comparator, read.scope.has('variables'));
  return pairs((run, text, key) => {
    run.work(Math.min(text.length, key.length) + 1);
    return comparator.fold(text) === comparator.fold(key);
  });
}

function readComparator(read: ArgumentReader): Comparator {
  const name = read.tagConstant('comparator') ?? DEFAULT_COMPARATOR;
  if (!Object.hasOwn(COMPARATORS, name)) read.fail(`there is no comparator "${name.slice(0, 60)}"`);
  if (name !== DEFAULT_COMPARATOR && name !== 'i;octet') read.need(`comparator-${name}`);
  return COMPARATORS[name]!;
}

function relation(read: ArgumentReader, name: string): (difference: number) => boolean {
  const key = name.toLowerCase();
  return Object.hasOwn(RELATIONS, key)
    ? RELATIONS[key]!
    : read.fail(`"${name.slice(0, 20)}" is none of gt, ge, lt, le, eq, ne`);
}

function pairs(one: (run: Run, text: string, key: string) => boolean): Matcher {
  return {
    matches(run, values, keys) {
      const expanded = keys.map((key) => key(run));
      for (const value of values) for (const key of expanded) if (one(run, value, key)) return true;
      return false;
    },
  };
}

function containsMatcher({ fold }: Comparator): Matcher {
  return {
    matches(run, values, keys) {
      const expanded = keys.map((key) => fold(key(run)));
      for (const value of values) {
        const text = fold(value);
        for (const key of expanded) {
          run.work(text.length + 1);
          if (text.includes(key)) return true;
        }
      }
      return false;
    },
  };
}

function wildcardMatcher({ fold }: Comparator, captures: boolean): Matcher {
  const compiled = remembered((pattern: string): Wildcard => compileWildcard(pattern, fold));
  return pairs((run, text, key) => {
    const found = compiled(key).match(text, (characters) => run.work(characters));
    if (found !== null && captures) run.capture(found);
    return found !== null;
  });
}

function regexMatcher(read: ArgumentReader, { ignoresCase }: Comparator): Matcher {
  const { scope } = read;
  const compiled = remembered((pattern: string): SieveRegex => {
    try {
      return scope.compileRegex(pattern, ignoresCase);
    } catch {
      throw new SieveRunError('the regular expression cannot be read');
    }
  });
  return pairs((run, text, key) => {
    // An automaton looks at each character once for each of its states.
    run.work((text.length + 1) * (key.length + 1));
    const found = compiled(key)(text);
    if (found !== null && scope.has('variables')) run.capture(found);
    return found !== null;
  });
}

function valueMatcher(holds: (difference: number) => boolean, { compare }: Comparator): Matcher {
  return pairs((run, text, key) => {
    run.work(Math.min(text.length, key.length) + 1);
    return holds(compare(text, key));
  });
}

/** RFC 5231 §4.2: the number of values, as a text. */
function countMatcher(holds: (difference: number) => boolean, { compare }: Comparator): Matcher {
  return {
    matches(run, values, keys) {
      let count = 0;
      for (const _ of values) count++;
      return keys.some((key) => holds(compare(String(count), key(run))));
    },
  };
}

function remembered<Value>(make: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      if (known.size < MAX_COMPILED) known.set(key, value);
    }
    return value;
  };
}
