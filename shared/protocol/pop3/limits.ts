/** Octets of a command line, CRLF included (RFC 2449 §4). */
export const MAX_LINE_OCTETS = 255;

/**
 * Lines in a row that were no command before the connection is given up, without UPDATE: it is no mail client.
 * A command that is refused (no such message, not in this state) is one, and ends the row.
 */
export const MAX_BAD_COMMANDS = 20;

/** Log-ins refused before the connection is closed. */
export const MAX_FAILED_LOGINS = 3;
