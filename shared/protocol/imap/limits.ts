/** Bytes of a command's lines, its literals not counted. RFC 7162 §4 asks for 8192 at least; long UID sets need more. */
export const MAX_LINE_BYTES = 65_536;
/** Bytes of all literals of one command before log-in: names and passwords are shorter. */
export const MAX_LITERAL_BYTES_BEFORE_LOGIN = 8_192;
/** Bytes of all literals of one command after log-in, a message to APPEND not counted: search strings, mailbox names. */
export const MAX_LITERAL_BYTES = 262_144;
/** Messages of one APPEND (RFC 3502). */
export const MAX_APPEND_MESSAGES = 100;
/** URLs and literals of one command that messages are put together of (RFC 4469). */
export const MAX_CATENATE_PARTS = 1_000;
/** Bytes of a URL that comes as a literal. */
export const MAX_URL_BYTES = 8_192;
