import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { readFlags } from '../flags.ts';
import { EXPUNGED } from '../message-view.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';
import { storeFlags } from '../store-flags.ts';

/** RFC 3501 §6.4.6. Each message's flags are told as they are afterwards, whether this changed them or not; .SILENT tells none. */
export async function store(session: ImapSession, command: CommandNamed<'STORE'>): Promise<Outcome> {
  const selected = session.selected!;
  if (selected.readOnly) throw new Refused(REFUSALS.readOnly);
  const flags = readFlags(command.flags);
  const { view } = selected;
  const named = view.positions(command.set, command.uid);
  if (named === undefined) throw new Refused(REFUSALS.sequence);
  const positions = named.filter((at) => !(view.flags[at]! & EXPUNGED));
  if (positions.length > 0) {
    await storeFlags(session, positions, command.mode, flags);
    const { out } = session.engine;
    if (!command.silent) {
      for (const position of positions) {
        if (command.uid) selected.tellMessageFlags(position, out);
        else out.line(`* ${position + 1} FETCH (FLAGS (${selected.flagsAt(position)}))`);
        await session.flushWhenFull();
      }
    }
  }
  if (positions.length < named.length && !command.uid) return REFUSALS.expunged;
  return ok('STORE completed');
}
