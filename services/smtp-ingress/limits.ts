/** RFC 5321 §4.5.3.2.7: a server waits at least 5 minutes for the next command or data. */
export const IDLE_MS = 300_000;
/** Refused passwords before a connection is closed. */
export const MAX_FAILED_LOGINS = 3;
/** Transactions of one connection (RFC 9422 MAILMAX): a sender that never ends one stays on one replica. */
export const MAX_TRANSACTIONS = 10_000;
/** Received fields of a message before it counts as going round (RFC 5321 §6.3 asks for at least 100). */
export const MAX_RECEIVED = 100;
/** Spool entries of one message, aliases expanded: what one transaction writes. */
export const MAX_TARGETS = 10_000;
