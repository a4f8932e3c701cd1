import { HIERARCHY_DELIMITER } from '../../shared/mailbox/types.ts';
import { ListPattern } from '../../shared/protocol/imap/list-pattern.ts';
import { encodeMailbox } from '../../shared/protocol/imap/mailbox-name.ts';

/**
 * Tells whether a name matches one of the patterns, each after the reference; INBOX matches in any letter case.
 * Names are compared as they go over the wire, in modified UTF-7 (RFC 3501 §5.1.3) or UTF-8.
 */
export function mailboxMatcher(
  reference: string,
  patterns: readonly string[],
  utf8: boolean,
): (name: string) => boolean {
  const whole = patterns.map((pattern) => wholePattern(reference, pattern));
  const compiled = whole.map((pattern) => new ListPattern(pattern, HIERARCHY_DELIMITER));
  const upper = whole.map((pattern) => new ListPattern(pattern.toUpperCase(), HIERARCHY_DELIMITER));
  return (name) => {
    const encoded = encodeMailbox(name, utf8);
    return (
      compiled.some((pattern) => pattern.matches(encoded)) ||
      (name === 'INBOX' && upper.some((pattern) => pattern.matches(name)))
    );
  };
}

/** A pattern that begins with the delimiter is absolute, and all names are relative to the root: as if it were not there. */
export function wholePattern(reference: string, pattern: string): string {
  const whole = pattern.startsWith(HIERARCHY_DELIMITER) ? pattern : reference + pattern;
  return whole.startsWith(HIERARCHY_DELIMITER) ? whole.slice(1) : whole;
}
