import type { Command } from '../commands.ts';
import { sendListing } from '../listing.ts';
import type { MaildropMessage } from '../maildrop.ts';

const scanListing = ({ number, size }: MaildropMessage): string => `${number} ${size}`;

/** LIST [msg] (RFC 1939 §5). */
export const list: Command<'list'> = (session, { message }) => {
  const { maildrop } = session.transaction;
  if (message !== null) return session.engine.ok(scanListing(maildrop.demand(message)));
  return sendListing(session, `${maildrop.count} messages (${maildrop.octets} octets)`, scanListing);
};
