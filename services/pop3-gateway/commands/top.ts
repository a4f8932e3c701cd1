import type { Command } from '../commands.ts';
import { sendMessage } from '../send-message.ts';

/** TOP msg n (RFC 1939 §7): the header, the blank line, n lines of the body. */
export const top: Command<'top'> = async (session, { message: number, lines }) => {
  const message = session.transaction.maildrop.demand(number);
  await sendMessage(session, message, 'top of message follows', lines);
};
