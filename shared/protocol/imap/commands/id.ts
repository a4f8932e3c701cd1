import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';

/** RFC 2971 §3.3: at most 30 fields; names up to 30 bytes, values up to 1024. Longer ones are cut, not refused. */
const MAX_FIELDS = 30;

/** NIL, or a list of names and values. */
export function readId(cursor: Cursor): CommandNamed<'ID'> {
  const parameters = new Map<string, string>();
  if (!cursor.atList()) {
    cursor.nstring();
    return { name: 'ID', parameters };
  }
  const words = cursor.list((list) => list.nstring());
  if (words.length % 2 !== 0) throw new ImapSyntaxError('Expected pairs of strings');
  for (let at = 0; at < Math.min(words.length, 2 * MAX_FIELDS); at += 2) {
    const name = words[at]?.toString('utf8').slice(0, 30).toLowerCase();
    const value = words[at + 1]?.toString('utf8').slice(0, 1024);
    if (name && value) parameters.set(name, value);
  }
  return { name: 'ID', parameters };
}
