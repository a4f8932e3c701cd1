import { formatString } from '../../../../shared/protocol/managesieve/string.ts';
import type { Command } from '../commands.ts';

/** RFC 5804 §2.13: with the client's tag in the response, so that it can tell where it is. */
export const noop: Command<'noop'> = ({ engine }, { tag }) => {
  engine.ok('done', tag === undefined ? undefined : `TAG ${formatString(tag)}`);
};
