import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

const MAX_CLIENT = 200;

/** RFC 2971. The client's name shows in the list of sessions. */
export function id(session: ImapSession, command: CommandNamed<'ID'>): Outcome {
  const { parameters } = command;
  const name = [parameters.get('name'), parameters.get('version')].filter(Boolean).join(' ');
  if (name !== '') {
    session.client = name.replace(/[\x00-\x1f\x7f]/g, '').slice(0, MAX_CLIENT);
    session.gateway.registry.update(session);
  }
  session.engine.out.line('* ID ("name" "Cartero")');
  return ok('ID completed');
}
