/**
 * The MIME structure of a message, parsed once where the bytes enter, stored beside them as JSON.
 * All offsets are byte offsets into the stored message, so `BODY[2.1]<0.4096>` reads only those bytes.
 */

/** One address of an address list header; a group is a start marker (mailbox set, host null) … end marker (both null). */
export interface Address {
  /** Display name, raw as in the header (RFC 2047 words undecoded), quotes removed. */
  readonly name: string | null;
  /** Source route; obsolete, nearly always null. */
  readonly route: string | null;
  readonly mailbox: string | null;
  readonly host: string | null;
}

/** What IMAP calls ENVELOPE (RFC 9051 §7.5.2). Strings are raw header values, unfolded, as latin1 ("binary") strings. */
export interface EnvelopeStructure {
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly Address[];
  readonly sender: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
}

export interface Parameter {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

/** One body part. The root is the message itself: its header is the message header. */
export interface PartStructure {
  /** Offset of the first byte of the part's header (of the body, when it has none). */
  readonly headerStart: number;
  /** Offset just past the blank line that ends the header = first byte of the body. */
  readonly bodyStart: number;
  /** Offset just past the body's last byte (the CRLF before a boundary belongs to the boundary). */
  readonly bodyEnd: number;
  /** Lines in the body. */
  readonly lines: number;
  /** Lower case; 'text' 'plain' when absent or unreadable ('message' 'rfc822' inside multipart/digest). */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: readonly Parameter[];
  readonly contentId: string | null;
  readonly description: string | null;
  /** Lower case; '7bit' when absent. */
  readonly encoding: string;
  readonly md5: string | null;
  readonly disposition: { readonly type: string; readonly parameters: readonly Parameter[] } | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
  /** multipart/*: its parts. */
  readonly parts?: readonly PartStructure[];
  /** message/rfc822 and message/global, unencoded: the message inside, its offsets absolute. */
  readonly message?: { readonly envelope: EnvelopeStructure; readonly body: PartStructure };
}

export interface MessageStructure {
  /** Version of this layout; a reader that does not know it re-parses the bytes. */
  readonly version: 1;
  /** Bytes of the whole message. */
  readonly size: number;
  readonly envelope: EnvelopeStructure;
  readonly body: PartStructure;
  /** Message-IDs of References (else In-Reply-To), oldest first, at most 100: for threading. */
  readonly references: readonly string[];
}
