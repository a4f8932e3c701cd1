import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import { compile } from '../search/criterion.ts';
import { runSearch } from '../search/run-search.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.4.4 */
export async function search(session: ImapSession, command: CommandNamed<'SEARCH'>): Promise<Outcome> {
  const { view } = session.selected!;
  const criterion = compile(command.key, command.charset, view);
  const positions = await runSearch(session, criterion);
  const numbers = positions.map((position) => (command.uid ? view.uids[position]! : position + 1));
  session.engine.out.line(numbers.length === 0 ? '* SEARCH' : `* SEARCH ${numbers.join(' ')}`);
  return ok('SEARCH completed');
}
