import type { Row } from '../rows.ts';

/** The server the load process talks to, for as long as it lives: JSON, its only argument. */
export interface LoadTarget {
  readonly smtpPort: number;
  /** Where mail to foreign domains may be handed in. */
  readonly submissionPort: number;
  readonly submissionLogin: boolean;
  readonly imapPort: number;
  readonly password: string;
  readonly accounts: readonly string[];
}

/** One line in: measure this row. */
export interface LoadRequest {
  readonly row: Row;
  /** Names the messages. */
  readonly run: string;
}

/**
 * Lines out. After `prepared` and `measured` the process waits for an empty line, while the other side reads the CPU
 * of the servers; log-ins, connections and the comparison of bytes are outside of these two.
 */
export type LoadAnswer =
  | { readonly at: 'ready' }
  | { readonly at: 'prepared' }
  | ({ readonly at: 'measured' } & LoadMeasured)
  | { readonly at: 'verified'; readonly intact: number };

export interface LoadMeasured {
  /** Until the last 250, and until the last message was seen where it goes. Milliseconds. */
  readonly acceptMs: number;
  readonly visibleMs: number;
  /** End of data → 250, or what the row measures. Milliseconds. */
  readonly delays: readonly number[];
  /** CPU of the load process itself. Milliseconds. */
  readonly loadCpuMs: number;
}
