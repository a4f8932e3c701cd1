import type { ArgumentReader } from './arguments.ts';

/** `:index` and `:last` (RFC 5260 §6). */
export function readIndex(read: ArgumentReader): { at: number; last: boolean } | undefined {
  const at = read.tagNumber('index');
  if (at !== undefined && read.node.name !== 'deleteheader') read.need('index');
  const last = read.tag('last');
  if (at === undefined) return last ? read.fail(':last needs :index') : undefined;
  if (at < 1) read.fail(':index counts from 1');
  return { at, last };
}
