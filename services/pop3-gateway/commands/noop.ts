import type { Command } from '../commands.ts';

/** NOOP (RFC 1939 §5). */
export const noop: Command<'noop'> = ({ engine }) => engine.ok('nothing done');
