/** Octets with CRLF. RFC 5321 §4.5.3.1.4. */
export const MAX_COMMAND_LINE_BYTES = 512;
/**
 * MAIL and RCPT: their service extensions raise the limit (RFC 5321 §4.5.3.1.4). All we offer (RFC 1870, 2852, 3030, 3461, 4865, 4954, 6152,
 * 6531, 6710, 8689) add some 1,300 octets to the 512; the rest is room.
 */
export const MAX_PATH_LINE_BYTES = 2_048;
/** AUTH and its responses. RFC 4954 §4. */
export const MAX_AUTH_LINE_BYTES = 12_288;
/** Of one line that is too long, skipped while we look for its end; past it the connection is closed. */
export const MAX_SKIPPED_BYTES = 1_048_576;
/** Of a message that was refused while it came in: past it the connection is closed, as nobody means to end it. */
export const MAX_SWALLOWED_BYTES = 1_073_741_824;
/** RFC 3461 §4.4. */
export const MAX_ENVELOPE_ID_BYTES = 100;
/** RFC 3461 §4.2. */
export const MAX_ORIGINAL_RECIPIENT_BYTES = 500;
/** Octets of a path with its angle brackets. RFC 5321 §4.5.3.1.3. */
export const MAX_PATH_BYTES = 256;
/** Wrong commands in a connection before 421: a person's typing stays far below, a guessing program does not. */
export const MAX_ERRORS = 100;
/**
 * RCPT refused for good (5yz) in a connection before 421: each tells that an address is not there. Not fewer: a list server
 * sends one message to many of ours, and a list that has not been cleaned for long has dozens who left. It comes to
 * its end over several connections, as those refused are not tried again. Refusals for now (4yz) do not count.
 */
export const MAX_REFUSED_RECIPIENTS = 50;
/** Refused MAIL and RCPT of any kind in a connection before 421: retries without pause end, the longest list does not. */
export const MAX_REFUSALS = 1_000;

/** Octets that a SASL response may have. */
export function authLineLimit(): number {
  return MAX_AUTH_LINE_BYTES;
}

const LONG_COMMANDS = /^(?:(?:MAIL|RCPT) |XCLIENT )/;

/** Octets that a command line may have, by its start. */
export function commandLineLimit(start: Buffer): number {
  if (start.length < MAX_COMMAND_LINE_BYTES) return MAX_COMMAND_LINE_BYTES;
  const verb = start.toString('latin1', 0, 8).toUpperCase();
  if (verb.startsWith('AUTH ')) return MAX_AUTH_LINE_BYTES;
  return LONG_COMMANDS.test(verb) ? MAX_PATH_LINE_BYTES : MAX_COMMAND_LINE_BYTES;
}
