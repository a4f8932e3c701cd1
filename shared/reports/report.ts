/** A report that somebody sent us: of mail that came in our name (RFC 9990, RFC 7489 §7.2), or of TLS with us (RFC 8460). */
export interface ReceivedReport {
  readonly kind: ReportKind;
  /** Which of our domains it is about. */
  readonly domain: string;
  readonly reporter: string;
  /** The reporter's id for it. */
  readonly externalId: string;
  /** Unix milliseconds. */
  readonly beginsAt: number;
  readonly endsAt: number;
  /** Messages, or sessions; and how many of them failed: DMARC, or TLS. */
  readonly total: number;
  readonly failed: number;
  readonly content: ReportContent;
}

export const REPORT_KINDS = ['dmarc', 'tls'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** Strings are a stranger's: bounded, and without control characters. */
export interface ReportContent {
  /** What we had published, as the reporter saw it. */
  readonly policy: string;
  readonly rows: readonly ReportRow[];
  /** There were more rows than are kept. */
  readonly cut: boolean;
}

export interface ReportRow {
  /** The address the mail came from; for TLS the host of ours, or the domain. */
  readonly source: string;
  readonly count: number;
  readonly failed: boolean;
  /** What was done or went wrong, in the reporter's words. */
  readonly what: string;
}

/** Rows of one report that are kept. */
export const MAX_ROWS = 5_000;
const MAX_TEXT = 300;

/** A stranger's text, fit to be shown on a terminal. */
export function cleanText(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  return text
    .slice(0, MAX_TEXT * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT);
}

/** A count as it is written; 0 when it is none. */
export function cleanCount(value: unknown): number {
  const count = typeof value === 'number' ? value : Number(/^\d{1,15}$/.exec(cleanText(value))?.[0] ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
