import type { SearchKey } from '../../../shared/protocol/imap/search-key.ts';
import type { MessageView } from '../message-view.ts';

/** The search is by MODSEQ: the highest one of the results is told with them (RFC 7162 §3.1.5). */
export function usesModSeq(key: SearchKey): boolean {
  switch (key.key) {
    case 'modseq':
      return true;
    case 'and':
    case 'or':
      return key.keys.some(usesModSeq);
    case 'not':
    case 'fuzzy':
      return usesModSeq(key.of);
    default:
      return false;
  }
}

export function highestModSeq(view: MessageView, positions: readonly number[]): number {
  return positions.reduce((highest, position) => Math.max(highest, view.modSeqs[position]!), 0);
}
