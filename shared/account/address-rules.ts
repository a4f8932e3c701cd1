/** How the local parts of our own addresses are read (RFC 5321 §2.4 leaves it to the receiving host). */
export interface AddressRules {
  /** Characters of which the first one found begins the detail of an address (RFC 5233); '' for none. */
  readonly detailSeparators: string;
  /** False: `Alice@` is `alice@`. True: names are in lower case, and only that is taken. */
  readonly caseSensitive: boolean;
}

export const DEFAULT_RULES: AddressRules = { detailSeparators: '+', caseSensitive: false };
