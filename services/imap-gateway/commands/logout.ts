import type { Outcome } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.1.3 */
export function logout(session: ImapSession, _command: unknown, tag: string): Outcome | null {
  const { engine } = session;
  engine.out.line('* BYE Logging out');
  engine.tagged(tag, 'OK', 'LOGOUT completed');
  engine.close();
  return null;
}
