import type { SaslCredentials } from '../sasl/mechanism.ts';
import type { SaslOffer } from '../sasl/mechanisms.ts';
import type { XclientAttributes } from './commands/xclient.ts';
import type { MailParameters } from './mail-parameters.ts';
import type { RcptParameters } from './rcpt-parameters.ts';

/** What the client asks for and the session must answer; the engine answers the rest by itself. */
export type ServerEvent =
  /** With `askConnect` alone: the client is there. Answer by `accept` (the greeting goes out) or `refuse`. */
  | { readonly type: 'connect' }
  /** Answer by `accept` or `refuse`. */
  | ({ readonly type: 'mail'; readonly reversePath: string } & MailParameters)
  /** Answer by `accept` or `refuse`. */
  | ({ readonly type: 'rcpt'; readonly forwardPath: string } & RcptParameters)
  /** Answer by `accept` with the reply to give, or `refuse`. `utf8`: the reply may hold UTF-8 (RFC 6531 §3.7.4.2). */
  | { readonly type: 'verify'; readonly name: string; readonly utf8: boolean }
  /** Answer by `accept` with the reply to give, or `refuse`. */
  | { readonly type: 'expand'; readonly name: string; readonly utf8: boolean }
  /** Answer by `accept` with the reply to give, or `refuse`. RFC 1985. */
  | { readonly type: 'start-queue'; readonly node: string }
  /** Answer by `startAnew`, or `refuse`: then only QUIT is taken. No transaction is under way. */
  | { readonly type: 'xclient'; readonly attributes: XclientAttributes }
  /** A transaction that had begun is over without a message: RSET, a new hello, STARTTLS. No answer. */
  | { readonly type: 'reset' }
  /** DATA or the first BDAT, with at least one recipient. Answer by `accept` (354 goes out, or the chunk is read) or `refuse`. */
  | { readonly type: 'data-start' }
  /** Content, dots unstuffed, in order. No answer. */
  | { readonly type: 'data'; readonly chunk: Uint8Array }
  /** The whole message came. Answer by `accept` or `refuse`; in LMTP the reply is given once a recipient. */
  | {
      readonly type: 'data-end';
      readonly size: number;
      /** Octets above 127 were in it. */
      readonly eightBit: boolean;
      /** Declared BINARYMIME, and no text: NUL, a CR or LF that stands alone, or a line over 998 octets. */
      readonly binary: boolean;
    }
  /** The message ended and was refused by the engine or by `refuseData`; the reply is given. No answer. */
  | { readonly type: 'data-refused' }
  /** Answer by `answerAuth` or `refuse`. */
  | { readonly type: 'auth'; readonly credentials: SaslCredentials }
  /** 220 is in the output: shake hands, then call `tlsStarted`. */
  | { readonly type: 'start-tls' };

/**
 * - `command`: reading commands · `auth`: reading a SASL response · `data`: reading a message · `chunk`: reading a BDAT chunk
 * - `waiting`: for the session's answer · `rejected`: refused at connect, only QUIT is taken (RFC 5321 §3.1) · `closed`: final
 */
export type ServerState = 'command' | 'auth' | 'data' | 'chunk' | 'waiting' | 'rejected' | 'closed';

/** What the session's answer is for. */
export type Question =
  | 'connect'
  | 'mail'
  | 'rcpt'
  | 'verify'
  | 'expand'
  | 'start-queue'
  | 'xclient'
  | 'data-start'
  | 'data-end'
  | 'auth'
  | 'start-tls';

export interface FutureRelease {
  /** Seconds a message may be held at most (RFC 4865 §3). */
  readonly maxSeconds: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Where AUTH is offered: nowhere, under TLS only, or always. */
export type AuthOffered = 'never' | 'under-tls' | 'always';

export interface ServerOptions {
  /** Our name, in the greeting and in EHLO's answer. */
  readonly hostname: string;
  /** LMTP (RFC 2033): LHLO instead of EHLO, and after the message one reply for each recipient. */
  readonly protocol: 'smtp' | 'lmtp';
  /** Octets; announced by SIZE (RFC 1870). */
  readonly maxMessageBytes: number;
  /** Of one transaction. RFC 5321 §4.5.3.1.8 asks for 100 at least. Announced by LIMITS (RFC 9422), as the next two. */
  readonly maxRecipients: number;
  /** Different domains of one transaction's recipients; unset: as many as recipients. */
  readonly maxRecipientDomains?: number;
  /** Transactions of one connection; unset: without end. */
  readonly maxTransactions?: number;
  /** Wrong commands before 421; unset: MAX_ERRORS. */
  readonly maxErrors?: number;
  /** RCPT, VRFY and EXPN refused for good before 421; unset: MAX_REFUSED_RECIPIENTS. */
  readonly maxRefusedRecipients?: number;
  /** STARTTLS is offered while the connection is not secure. */
  readonly startTls: boolean;
  /** TLS from the first byte. */
  readonly secure: boolean;
  readonly auth: AuthOffered;
  /** FUTURERELEASE is offered (RFC 4865: to submitters alone). */
  readonly futureRelease?: FutureRelease;
  /** EXPN is asked of the session, else 502. */
  readonly expand?: boolean;
  /** ETRN is asked of the session, else 502. */
  readonly startQueue?: boolean;
  /** XCLIENT is offered: the client is a proxy that we trust. */
  readonly xclient?: boolean;
  /** VRFY is asked of the session, else 252. */
  readonly verify?: boolean;
  /** The session is asked before the greeting goes out. */
  readonly askConnect?: boolean;
  /** The mechanisms that work on this connection as it is now; asked where AUTH is offered. */
  readonly sasl: () => SaslOffer;
  /** Called for each reply: the command ('' for one we do not know) and its code. */
  readonly observe?: (command: string, code: number) => void;
}
