import type { Command } from '../commands.ts';

/** DELE msg (RFC 1939 §5): marks it; QUIT removes it. */
export const dele: Command<'dele'> = ({ engine, transaction: { maildrop } }, { message }) => {
  maildrop.mark(message);
  engine.ok(`message ${message} deleted`);
};
