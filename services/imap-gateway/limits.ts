/** Autologout: RFC 3501 §5.4 asks for at least 30 minutes. Also what a client that idles is given between two IDLEs. Milliseconds. */
export const AUTOLOGOUT_MS = 30 * 60_000;
/** A connection has so long to log in, however busy it is. Milliseconds. */
export const LOGIN_DEADLINE_MS = 60_000;
/** Wrong passwords a connection. */
export const MAX_FAILED_LOGINS = 3;
/** Commands in a row that could not be parsed: whoever is there speaks no IMAP. */
export const MAX_INVALID_COMMANDS = 20;

/** A client that idles is told of a change whose hint was lost within about this time. Milliseconds. */
export const IDLE_POLL_MS = 200_000;

/** The session record and the place under the account's limit outlive their last renewal by this. Milliseconds. */
export const SESSION_TTL_MS = 90_000;
export const RENEW_MS = 30_000;
/** A record is written at most twice in this time. Milliseconds. */
export const WRITE_PAUSE_MS = 500;

/** Output is handed to the socket in pieces of about this size, and waits there for the client. Bytes. */
export const FLUSH_BYTES = 65_536;

/** Messages whose facts are asked for at once (`facts` gives 5,000 at most). */
export const FACTS_PAGE = 2_000;
/** Messages read from storage at once: so many, so many bytes. Two such batches are in memory a FETCH. */
export const BATCH_MESSAGES = 100;
export const BATCH_BYTES = 1_048_576;
/** A message up to this size is read whole even when a part of it was asked for: one query serves a batch. Bytes. */
export const WHOLE_READ_BYTES = 65_536;

/** Of all sessions together: structures by estimated bytes, facts by number (about 200 bytes each). */
export const STRUCTURE_CACHE_BYTES = 64 * 1_048_576;
/** Of messages small enough to be read whole. */
export const BYTES_CACHE_BYTES = 32 * 1_048_576;
/** What SORT and THREAD compare, of the mailboxes in which that was asked for last. */
export const SORT_CACHE_BYTES = 64 * 1_048_576;
/** Messages of the threads that are kept, about 100 bytes each. */
export const MAX_THREADED_MESSAGES = 200_000;
export const FACTS_CACHE_ENTRIES = 100_000;

/** Messages of one page of a mailbox on SELECT. */
export const SNAPSHOT_PAGE = 20_000;
/** Keywords that FLAGS and PERMANENTFLAGS name: they are one line each, and a message may have ever new ones. */
export const MAX_TOLD_KEYWORDS = 1_000;
/** Messages of one STORE, COPY or MOVE request: the actor takes 20,000, and holds up other requests for as long. */
export const STORE_PAGE = 10_000;
/** APPENDs above this size have the quota looked at before the message is let come. Bytes. */
export const QUOTA_CHECK_BYTES = 262_144;
/** Messages of one step of a COPY or MOVE to another account's mailbox: facts and flags go over the bus. */
export const ACROSS_PAGE = 500;
/** Accounts whose shared mailboxes LIST shows, and how many of them it asks at once. */
export const MAX_SHARING_ACCOUNTS = 200;
export const SHARING_ACCOUNTS_AT_ONCE = 16;

/**
 * SELECT and IDLE start from what was asked at most this long ago, when no change was hinted at since. A hint goes out
 * before the reply to whoever made the change; so only a hint that is lost, or slower than the client that changes one
 * connection for another, is seen so much later. Milliseconds.
 */
export const FRESH_MS = 1_000;

/** After this long a command that is still under way says so, and again each time (RFC 9585). Milliseconds. */
export const IN_PROGRESS_MS = 10_000;
