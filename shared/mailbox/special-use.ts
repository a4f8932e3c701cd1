import type { SpecialUse } from './types.ts';

const SPECIAL_USES: readonly SpecialUse[] = ['All', 'Archive', 'Drafts', 'Flagged', 'Junk', 'Sent', 'Trash'];

/** A special use as a client writes it (RFC 6154 §2), with or without its backslash, in any letter case. */
export function readSpecialUse(text: string): SpecialUse | undefined {
  const name = text.replace(/^\\/, '').toLowerCase();
  return SPECIAL_USES.find((known) => known.toLowerCase() === name);
}
