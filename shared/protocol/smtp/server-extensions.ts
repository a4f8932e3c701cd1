import { SASL_MECHANISMS } from '../sasl/mechanisms.ts';

export interface OfferedExtensions {
  /** RFC 1870, octets. */
  readonly maxMessageBytes: number;
  /** RFC 3207. */
  readonly startTls: boolean;
  /** RFC 4954. */
  readonly auth: boolean;
}

/** The lines of EHLO's answer after the first (RFC 5321 §4.1.1.1). */
export function extensionKeywords({ maxMessageBytes, startTls, auth }: OfferedExtensions): string[] {
  return [
    'PIPELINING',
    `SIZE ${maxMessageBytes}`,
    ...(startTls ? ['STARTTLS'] : []),
    ...(auth ? [`AUTH ${SASL_MECHANISMS.join(' ')}`] : []),
    'ENHANCEDSTATUSCODES',
    '8BITMIME',
  ];
}
