/** The inactivity autologout timer; RFC 1939 §3 asks for at least ten minutes. Milliseconds. */
export const AUTOLOGOUT_MS = 600_000;

/** How long a connection may stay without a log-in, however busy: as long as an idle one. Milliseconds. */
export const LOGIN_DEADLINE_MS = 600_000;

/** The maildrop lock falls after 60 s without renewal; three renewals may fail before it does. Milliseconds. */
export const RENEW_MS = 20_000;

/** How long the session record outlives its last renewal. Milliseconds. */
export const SESSION_TTL_MS = 60_000;

/** A listing or a message is handed to the socket in pieces of this size, and waits there for the client. Octets. */
export const FLUSH_OCTETS = 65_536;

/** Small messages are read ahead for a client that retrieves them in order: at most so many, so many octets. */
export const READ_AHEAD_MESSAGES = 32;
export const READ_AHEAD_OCTETS = 262_144;

/** Messages of a maildrop that a session shows; the rest comes into view when some of these are deleted. */
export const MAX_MAILDROP_MESSAGES = 500_000;
