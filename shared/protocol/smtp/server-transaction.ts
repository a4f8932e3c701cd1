import type { MailParameters } from './mail-parameters.ts';

/** A mail transaction that MAIL began (RFC 5321 §3.3). */
export interface Transaction {
  readonly parameters: MailParameters;
  /** Recipients accepted. */
  recipients: number;
  /** RCPT was said, with whatever success. */
  tried: boolean;
  /** Of the recipients accepted, lower case. */
  readonly domains: Set<string>;
  /** A BDAT chunk was taken: only further chunks may follow (RFC 3030 §2). */
  chunking: boolean;
}

export function newTransaction(parameters: MailParameters): Transaction {
  return { parameters, recipients: 0, tried: false, domains: new Set(), chunking: false };
}
