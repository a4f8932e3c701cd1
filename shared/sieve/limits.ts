/** Bounds of a script and of one run of it (RFC 5228 §2.10.5 asks for at least 15 levels, RFC 5229 §3 for 128 variables of 4,000 characters). */
export const MAX_SCRIPT_BYTES = 65_536;
export const MAX_NESTING = 32;
export const MAX_VARIABLES = 128;
export const MAX_VARIABLE_LENGTH = 8_192;
/** `${1}` … of :matches and :regex (RFC 5229 §3.2 asks for ${9}). */
export const MAX_CAPTURES = 32;
/** Deliveries a run may ask for, each another row or message. */
export const MAX_ACTIONS = 64;
/** More copies to others than this is a mailing list, or an attack by a stolen password. */
export const MAX_REDIRECTS = 10;
/**
 * Characters that tests may look at in one run: a script has no loops, but thousands of keys against a header of
 * thousands of fields would hold the store for seconds.
 */
export const MAX_WORK = 50_000_000;
/** Characters of header that `addheader` may add in one run. */
export const MAX_ADDED_HEADER = 65_536;
