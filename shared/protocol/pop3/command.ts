/** The commands of RFC 1939, RFC 2449, RFC 2595, RFC 5034 and RFC 6856, as read from a line. */
export type Pop3Command =
  | { readonly type: 'user'; readonly name: string }
  | { readonly type: 'pass'; readonly password: string }
  /** `initialResponse`: base64 as sent, `'='` for an empty one; null when there is none. */
  | { readonly type: 'auth'; readonly mechanism: string; readonly initialResponse: string | null }
  /** AUTH without a mechanism: asks for the list of them (RFC 1734 drafts; old clients still send it). */
  | { readonly type: 'mechanisms' }
  | { readonly type: 'stls' }
  | { readonly type: 'capa' }
  | { readonly type: 'utf8' }
  /** `language`: a tag or range in lower case, or null for the list of them. */
  | { readonly type: 'lang'; readonly language: string | null }
  | { readonly type: 'stat' }
  /** `message`: a message-number, or null for all of them. */
  | { readonly type: 'list'; readonly message: number | null }
  | { readonly type: 'uidl'; readonly message: number | null }
  | { readonly type: 'retr'; readonly message: number }
  | { readonly type: 'dele'; readonly message: number }
  /** `lines`: how many lines of the body. */
  | { readonly type: 'top'; readonly message: number; readonly lines: number }
  | { readonly type: 'noop' }
  | { readonly type: 'rset' }
  | { readonly type: 'quit' };

export type Pop3State = 'authorization' | 'transaction';

const BOTH: readonly Pop3State[] = ['authorization', 'transaction'];
const AUTHORIZATION: readonly Pop3State[] = ['authorization'];
const TRANSACTION: readonly Pop3State[] = ['transaction'];

/** In which states a command may be given (RFC 1939 §4, §5; RFC 2449 §5; RFC 2595 §4; RFC 5034 §4; RFC 6856 §2.1, §3). */
export const STATES: Readonly<Record<Pop3Command['type'], readonly Pop3State[]>> = {
  user: AUTHORIZATION,
  pass: AUTHORIZATION,
  auth: AUTHORIZATION,
  mechanisms: AUTHORIZATION,
  stls: AUTHORIZATION,
  capa: BOTH,
  utf8: AUTHORIZATION,
  lang: BOTH,
  stat: TRANSACTION,
  list: TRANSACTION,
  uidl: TRANSACTION,
  retr: TRANSACTION,
  dele: TRANSACTION,
  top: TRANSACTION,
  noop: TRANSACTION,
  rset: TRANSACTION,
  quit: BOTH,
};
