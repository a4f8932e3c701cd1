import type { Command } from '../commands.ts';

/** STAT (RFC 1939 §5): messages not marked as deleted, and their octets. */
export const stat: Command<'stat'> = ({ engine, transaction: { maildrop } }) => {
  engine.ok(`${maildrop.count} ${maildrop.octets}`);
};
