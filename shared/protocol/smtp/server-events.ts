import type { SaslCredentials } from '../sasl/mechanism.ts';

/** What the client asks for and the session must answer; the engine answers the rest by itself. */
export type ServerEvent =
  /** Answer by `accept` or `refuse`. `size`: octets declared, 0 when not. */
  | {
      readonly type: 'mail';
      readonly reversePath: string;
      readonly size: number;
      readonly body: '7bit' | '8bit';
    }
  /** Answer by `accept` or `refuse`. */
  | { readonly type: 'rcpt'; readonly forwardPath: string }
  /** A transaction that had begun is over without a message: RSET, a new hello, STARTTLS. No answer. */
  | { readonly type: 'reset' }
  /** DATA with at least one recipient. Answer by `accept` (354 goes out) or `refuse`. */
  | { readonly type: 'data-start' }
  /** Content, dots unstuffed, in order. No answer. */
  | { readonly type: 'data'; readonly chunk: Uint8Array }
  /** The whole message came. Answer by `accept` or `refuse`; in LMTP the reply is given once a recipient. `eightBit`: octets above 127 were in it. */
  | { readonly type: 'data-end'; readonly size: number; readonly eightBit: boolean }
  /** The message ended and was refused by the engine or by `refuseData`; the reply is given. No answer. */
  | { readonly type: 'data-refused' }
  /** Answer by `answerAuth` or `refuse`. */
  | { readonly type: 'auth'; readonly credentials: SaslCredentials }
  /** 220 is in the output: shake hands, then call `tlsStarted`. */
  | { readonly type: 'start-tls' };

/**
 * - `command`: reading commands · `auth`: reading a SASL response · `data`: reading a message
 * - `waiting`: for the session's answer · `closed`: final
 */
export type ServerState = 'command' | 'auth' | 'data' | 'waiting' | 'closed';

export interface ServerOptions {
  /** Our name, in the greeting and in EHLO's answer. */
  readonly hostname: string;
  /** LMTP (RFC 2033): LHLO instead of EHLO, and after the message one reply for each recipient. */
  readonly protocol: 'smtp' | 'lmtp';
  /** Octets; announced by SIZE (RFC 1870). */
  readonly maxMessageBytes: number;
  /** Of one transaction. RFC 5321 §4.5.3.1.8 asks for 100 at least. */
  readonly maxRecipients: number;
  /** STARTTLS is offered while the connection is not secure. */
  readonly startTls: boolean;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** Where AUTH is offered: nowhere, under TLS only, or always. */
  readonly auth: 'never' | 'under-tls' | 'always';
  /** Called for each reply: the command ('' for one we do not know) and its code. */
  readonly observe?: (command: string, code: number) => void;
}
