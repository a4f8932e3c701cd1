import type { ArgumentReader } from '../arguments.ts';
import { readMatcher } from '../match.ts';
import type { Test } from '../program.ts';

/** RFC 5173: :text (default), :raw, :content. */
export function bodyTest(read: ArgumentReader): Test {
  read.need('body');
  const content = read.tagStrings('content');
  const kind = read.oneOf(['raw', 'text']);
  if (content !== undefined && kind !== undefined) read.fail(`:content and :${kind} exclude one another`);
  const matcher = readMatcher(read);
  const keys = read.strings();
  read.end();
  return (run) => {
    const body = run.body();
    if (kind === 'raw') return matcher.matches(run, [body.raw], keys);
    const types = content?.map((type) => type(run).toLowerCase()) ?? ['text'];
    const parts = body.parts.filter((part) => types.some((type) => isOf(part.type, type)));
    return matcher.matches(
      run,
      parts.map((part) => part.text),
      keys,
    );
  };
}

/** RFC 5173 §5.2: '' is any type, `text` all of its subtypes. */
function isOf(type: string, wanted: string): boolean {
  if (wanted === '') return true;
  if (wanted.startsWith('/') || wanted.endsWith('/')) return false;
  return wanted.includes('/') ? type === wanted : type.startsWith(`${wanted}/`);
}
