import type { Command } from '../commands.ts';

/** RSET (RFC 1939 §5): unmarks all messages marked as deleted. */
export const rset: Command<'rset'> = ({ engine, transaction: { maildrop } }) => {
  maildrop.unmarkAll();
  engine.ok(`maildrop has ${maildrop.count} messages (${maildrop.octets} octets)`);
};
