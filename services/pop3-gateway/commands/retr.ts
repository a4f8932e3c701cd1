import type { Command } from '../commands.ts';
import { sendMessage } from '../send-message.ts';

/** RETR msg (RFC 1939 §5). */
export const retr: Command<'retr'> = async (session, { message: number }) => {
  const message = session.transaction.maildrop.demand(number);
  if (!(await sendMessage(session, message, `${message.size} octets`))) return;
  session.retrieved += 1;
  session.gateway.metrics.retrieved.inc();
};
