/** Octets of a command line, CRLF included (RFC 2449 §4). */
export const MAX_LINE_OCTETS = 255;

/** Lines that were no command, or not one for the state, before the connection is given up: it is no mail client. */
export const MAX_BAD_COMMANDS = 20;

/** Log-ins refused before the connection is closed. */
export const MAX_FAILED_LOGINS = 3;
