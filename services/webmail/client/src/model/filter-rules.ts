/** Filters as a form has them, and the Sieve script (RFC 5228) that does them. */

export type RuleField = 'from' | 'to' | 'subject' | 'anyone' | 'list' | 'size';
export type RuleOperator = 'contains' | 'is' | 'not' | 'over' | 'under';

export interface RuleCondition {
  readonly field: RuleField;
  readonly operator: RuleOperator;
  readonly value: string;
}

export type RuleAction =
  | { readonly kind: 'move'; readonly mailbox: string }
  | { readonly kind: 'flag' }
  | { readonly kind: 'read' }
  | { readonly kind: 'forward'; readonly address: string; readonly keep: boolean }
  | { readonly kind: 'discard' };

export interface Rule {
  readonly name: string;
  readonly enabled: boolean;
  readonly match: 'all' | 'any';
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly RuleAction[];
  /** No later rule is looked at. */
  readonly stop: boolean;
}

/** The rules stand in the script itself, on one line, so that a form can be made from it again. */
const MARK = '# cartero-rules:1 ';

/** The script of `rules`; a rule without conditions holds for each message. */
export function toSieve(rules: readonly Rule[]): string {
  const body = rules.filter(({ enabled, actions }) => enabled && actions.length > 0).map(ruleToSieve);
  const needs = [...new Set(body.flatMap(({ requires }) => requires))].sort();
  const require = needs.length > 0 ? `require [${needs.map(quoted).join(', ')}];\n\n` : '';
  return `${MARK}${JSON.stringify(rules)}\n${require}${body.map(({ text }) => text).join('\n')}`;
}

/** The rules in a script that `toSieve` made; undefined when someone else wrote it. */
export function fromSieve(script: string): readonly Rule[] | undefined {
  const [first = ''] = script.split('\n', 1);
  if (!first.startsWith(MARK)) return undefined;
  try {
    const rules = JSON.parse(first.slice(MARK.length)) as readonly Rule[];
    // A script that was changed by hand below the line does something else than the form would show.
    return toSieve(rules).trim() === script.replaceAll('\r\n', '\n').trim() ? rules : undefined;
  } catch {
    return undefined;
  }
}

interface Written {
  readonly text: string;
  readonly requires: readonly string[];
}

function ruleToSieve(rule: Rule): Written {
  const tests = rule.conditions.filter(({ value }) => value.trim() !== '').map(testOf);
  const actions = rule.actions.map(actionOf);
  const lines = [...actions.map(({ text }) => text), ...(rule.stop ? ['stop;'] : [])];
  const test =
    tests.length === 0
      ? 'true'
      : tests.length === 1
        ? tests[0]
        : `${rule.match === 'all' ? 'allof' : 'anyof'} (${tests.join(', ')})`;
  const name = rule.name.replace(/[\r\n]+/g, ' ');
  return {
    text: `# ${name}\nif ${test} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`,
    requires: actions.flatMap(({ requires }) => requires),
  };
}

const HEADERS: Readonly<Record<Exclude<RuleField, 'size'>, string>> = {
  from: 'address :KIND "from"',
  to: 'address :KIND ["to", "cc"]',
  anyone: 'address :KIND ["from", "to", "cc", "bcc"]',
  subject: 'header :KIND "subject"',
  list: 'header :KIND ["list-id", "list-post"]',
};

function testOf({ field, operator, value }: RuleCondition): string {
  if (field === 'size') return `size :${operator === 'under' ? 'under' : 'over'} ${sizeOf(value)}`;
  const test = `${HEADERS[field].replace('KIND', operator === 'is' ? 'is' : 'contains')} ${quoted(value.trim())}`;
  return operator === 'not' ? `not ${test}` : test;
}

function actionOf(action: RuleAction): Written {
  switch (action.kind) {
    case 'move':
      return { text: `fileinto ${quoted(action.mailbox)};`, requires: ['fileinto'] };
    case 'flag':
      return { text: 'addflag "\\\\Flagged";', requires: ['imap4flags'] };
    case 'read':
      return { text: 'addflag "\\\\Seen";', requires: ['imap4flags'] };
    case 'forward':
      return action.keep
        ? { text: `redirect :copy ${quoted(action.address.trim())};`, requires: ['copy'] }
        : { text: `redirect ${quoted(action.address.trim())};`, requires: [] };
    case 'discard':
      return { text: 'discard;', requires: [] };
  }
}

/** A quoted string of Sieve (RFC 5228 §2.4.2). */
function quoted(text: string): string {
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\]/g, '\\$&')}"`;
}

function sizeOf(value: string): string {
  const match = /^\s*(\d{1,9})\s*([kmg]?)/i.exec(value);
  return match ? `${match[1]}${match[2]!.toUpperCase()}` : '0';
}
