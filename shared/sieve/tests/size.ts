import type { ArgumentReader } from '../arguments.ts';
import type { Test } from '../program.ts';

/** RFC 5228 §5.9. */
export function sizeTest(read: ArgumentReader): Test {
  const side = read.oneOf(['over', 'under']) ?? read.fail(':over or :under is missing');
  const limit = read.number();
  read.end();
  return ({ context }) => (side === 'over' ? context.size > limit : context.size < limit);
}
