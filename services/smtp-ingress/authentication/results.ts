/** What SPF, DKIM, DMARC and ARC say of a message: results in the words of RFC 8601 §2.7. */
export interface SenderResults {
  readonly spf: string;
  /** One a signature; a message that is not signed has none. */
  readonly dkim: readonly { readonly result: string; readonly domain: string }[];
  readonly arc: string;
  /** Who sealed a chain that passes, the last one first. */
  readonly sealers: readonly Sealer[];
  readonly dmarc: DmarcResult;
  /** Header fields that say so, each with its CRLF. */
  readonly fields: string;
}

/** One ARC set. */
export interface Sealer {
  /** In lower case. */
  readonly domain: string;
  /** DMARC passed when the message came to it. */
  readonly dmarcPassed: boolean;
}

export interface DmarcResult {
  readonly result: string;
  /** What the author's domain asks for when it fails: none, quarantine or reject. */
  readonly policy: string;
  /** For how many in a hundred messages it is asked (RFC 7489 §6.3); RFC 9989 has no such tag any more. */
  readonly percent: number;
  /** The domain in From; '' when there is not exactly one. */
  readonly domain: string;
  /** It failed, and might not have, had DNS answered for a domain that aligns. */
  readonly undecided: boolean;
  /** Why no result can be had: there is no author's domain, or more than one. */
  readonly noAuthor: string | undefined;
}
