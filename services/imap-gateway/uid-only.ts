import type { Command } from '../../shared/protocol/imap/command.ts';
import type { SearchKey } from '../../shared/protocol/imap/search-key.ts';
import { SAVED_RESULT } from '../../shared/protocol/imap/sequence-set.ts';
import { REFUSALS, Refused } from './refusals.ts';

/** After ENABLE UIDONLY nothing may name a message by its sequence number (RFC 9586 §3.1). Throws `Refused`. */
export function demandUids(command: Command): void {
  const numbered =
    ('uid' in command && command.uid === false) ||
    ('key' in command && namesNumbers(command.key)) ||
    ('qresync' in command && command.qresync !== undefined && command.qresync.matches !== null);
  if (numbered) throw new Refused(REFUSALS.uidRequired);
}

function namesNumbers(key: SearchKey): boolean {
  switch (key.key) {
    case 'sequence':
      return key.set !== SAVED_RESULT;
    case 'and':
    case 'or':
      return key.keys.some(namesNumbers);
    case 'not':
    case 'fuzzy':
      return namesNumbers(key.of);
    default:
      return false;
  }
}
