import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { ENABLEABLE, ENABLED_HERE, type Extension } from '../extensions.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 5161: names that are unknown, or enabled already, are passed over. */
export function enable(session: ImapSession, command: CommandNamed<'ENABLE'>): Outcome {
  const asked = new Set(command.capabilities.filter((name) => ENABLED_HERE.has(name))) as Set<Extension>;
  const fresh = [...asked].filter((name) => !session.enabled.has(name));
  session.engine.out.line(['* ENABLED', ...fresh.map((name) => ENABLEABLE[name])].join(' '));
  session.enable(...fresh);
  return ok('ENABLE completed');
}
