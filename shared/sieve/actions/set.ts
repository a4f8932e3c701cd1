import type { ArgumentReader } from '../arguments.ts';
import type { Command } from '../program.ts';

/** RFC 5229 §4; modifiers go from the highest precedence to the lowest. */
const MODIFIERS: readonly (readonly [
  readonly string[],
  Readonly<Record<string, (text: string) => string>>,
])[] = [
  [['lower', 'upper'], { lower: (text) => text.toLowerCase(), upper: (text) => text.toUpperCase() }],
  [
    ['lowerfirst', 'upperfirst'],
    {
      lowerfirst: (text) => text.slice(0, 1).toLowerCase() + text.slice(1),
      upperfirst: (text) => text.slice(0, 1).toUpperCase() + text.slice(1),
    },
  ],
  [
    ['quotewildcard', 'quoteregex'],
    {
      quotewildcard: (text) => text.replace(/[*?\\]/g, '\\$&'),
      quoteregex: (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
    },
  ],
  [['length'], { length: (text) => String([...text].length) }],
];

export function set(read: ArgumentReader): Command {
  read.need('variables');
  const modifiers: ((text: string) => string)[] = [];
  for (const [names, functions] of MODIFIERS) {
    const name = read.oneOf(names);
    if (name === 'quoteregex') read.need('regex');
    if (name !== undefined) modifiers.push(functions[name]!);
  }
  const name = read.constant().toLowerCase();
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) read.fail('that is no name of a variable');
  const value = read.string();
  read.end();
  return (run) => {
    let text = value(run);
    for (const modifier of modifiers) text = modifier(text);
    run.setVariable(name, text);
  };
}
