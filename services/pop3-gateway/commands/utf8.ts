import type { Command } from '../commands.ts';

/** UTF8 (RFC 6856 §2.1). Names and messages are taken and sent as UTF-8 in any case, so that there is nothing to switch. */
export const utf8: Command<'utf8'> = ({ engine }) => engine.ok('UTF-8 it is');
