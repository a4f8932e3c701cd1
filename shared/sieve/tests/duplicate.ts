import type { ArgumentReader } from '../arguments.ts';
import type { Test } from '../program.ts';

/** RFC 7352 §3: a week. */
const DEFAULT_SECONDS = 7 * 86_400;
const MAX_SECONDS = 365 * 86_400;

/** RFC 7352: true when this id was seen before; it is remembered once the message is delivered. */
export function duplicateTest(read: ArgumentReader): Test {
  read.need('duplicate');
  const handle = read.tagConstant('handle') ?? '';
  const header = read.tagString('header');
  const uniqueId = read.tagString('uniqueid');
  if (header !== undefined && uniqueId !== undefined) read.fail(':header and :uniqueid exclude one another');
  const given = read.tagNumber('seconds');
  const seconds = Math.min(given === undefined || given === 0 ? DEFAULT_SECONDS : given, MAX_SECONDS);
  const last = read.tag('last');
  read.end();
  return (run) => {
    const id = uniqueId?.(run) ?? run.header.named(header?.(run) ?? 'message-id')[0]?.value ?? '';
    if (id === '') return false;
    const kind = uniqueId !== undefined ? 'unique' : (header?.(run).toLowerCase() ?? 'message-id');
    const key = JSON.stringify([handle, kind, id]);
    const seen = run.ask({ kind: 'duplicate', key, seconds, last });
    if (!seen || last) run.tracked.set(key, seconds);
    return seen;
  };
}
