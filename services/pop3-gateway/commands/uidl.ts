import type { Command } from '../commands.ts';
import { sendListing } from '../listing.ts';
import type { MaildropMessage } from '../maildrop.ts';

const uniqueIdListing = ({ number, uniqueId }: MaildropMessage): string => `${number} ${uniqueId}`;

/** UIDL [msg] (RFC 1939 §7). */
export const uidl: Command<'uidl'> = (session, { message }) => {
  const { maildrop } = session.transaction;
  if (message !== null) return session.engine.ok(uniqueIdListing(maildrop.demand(message)));
  return sendListing(session, 'unique-ids follow', uniqueIdListing);
};
