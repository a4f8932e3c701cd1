/** A mail server under test, running. */
export interface Peer {
  readonly name: string;
  readonly smtpPort: number;
  readonly imapPort: number;
  readonly password: string;
  readonly accounts: readonly string[];
  /** Roots of the process trees whose CPU is counted. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

export const DOMAIN = 'bench.test';
export const NAMES: readonly string[] = Array.from({ length: 100 }, (_, index) => `user${index}`);
