import type { ArgumentReader } from '../arguments.ts';
import { SieveRunError } from '../error.ts';
import { MAX_ADDED_HEADER } from '../limits.ts';
import type { Command } from '../program.ts';

const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]{1,76}$/;

/** RFC 5293 §4. */
export function addHeader(read: ArgumentReader): Command {
  read.need('editheader');
  const last = read.tag('last');
  const name = read.string();
  const value = read.string();
  read.end();
  return (run) => {
    const field = name(run);
    if (!FIELD_NAME.test(field)) throw new SieveRunError('addheader needs the name of a field');
    const text = value(run);
    const added = run.header.fields.reduce((sum, { raw }) => sum + raw.length, 0) + text.length;
    run.work(added);
    if (text.length > MAX_ADDED_HEADER) throw new SieveRunError('addheader adds too much');
    run.header.add(field, text, last);
  };
}
