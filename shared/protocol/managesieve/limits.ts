/** RFC 5804 §1.2: a quoted string has at most 1,024 octets; a SASL response may be longer, as a literal too. */
export const MAX_LINE_OCTETS = 16_384;
/** A script that is longer is refused, whatever else the server says of its size. */
export const MAX_LITERAL_OCTETS = 1_048_576;
/** A literal the client announced and sends without asking is passed over up to here; above, the connection ends. */
export const MAX_SKIPPED_OCTETS = 16_777_216;
/** Literals of one command: RFC 5804 has none with more than two. */
export const MAX_LITERALS = 4;
/** Commands in a row that are none, then the connection ends: this is no client of ours. */
export const MAX_BAD_COMMANDS = 20;
