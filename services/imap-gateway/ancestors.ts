import { HIERARCHY_DELIMITER } from '../../shared/mailbox/types.ts';

/** The names above a name, the nearest first. */
export function* ancestors(name: string): Generator<string> {
  for (
    let at = name.lastIndexOf(HIERARCHY_DELIMITER);
    at > 0;
    at = name.lastIndexOf(HIERARCHY_DELIMITER, at - 1)
  )
    yield name.slice(0, at);
}
