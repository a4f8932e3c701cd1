/** How long an address is waited for before the next one is tried beside it (RFC 8305 §5). */
export const ATTEMPT_DELAY_MS = 250;

export interface Reached<T> {
  readonly value: T;
  readonly address: string;
  /** Those that failed before. */
  readonly failures: ReadonlyMap<string, Error>;
}

/** None of the addresses could be reached. */
export class NoneReached extends Error {
  readonly failures: ReadonlyMap<string, Error>;
  constructor(failures: ReadonlyMap<string, Error>) {
    const [first] = failures.values();
    super(first?.message ?? 'no address', { cause: first });
    this.name = 'NoneReached';
    this.failures = failures;
  }
}

/**
 * Happy Eyeballs (RFC 8305 §5): opens the addresses in order, each next one when the one before failed or has not answered within
 * `delayMs`; the first that opens is taken, the others are given up by their signal. Rejects with `NoneReached`. `open` has to end by
 * itself, and to end what it began when its signal is aborted.
 */
export function reachFirst<T>(
  addresses: readonly string[],
  open: (address: string, signal: AbortSignal) => Promise<T>,
  delayMs = ATTEMPT_DELAY_MS,
): Promise<Reached<T>> {
  return new Promise((resolve, reject) => {
    const abort = new AbortController();
    const failures = new Map<string, Error>();
    let next = 0;
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      clearTimeout(timer);
      const address = addresses[next++];
      if (address === undefined) return;
      open(address, abort.signal).then(
        (value) => {
          clearTimeout(timer);
          next = addresses.length;
          resolve({ value, address, failures: new Map(failures) });
          abort.abort();
        },
        (error: Error) => {
          failures.set(address, error);
          if (failures.size === addresses.length) reject(new NoneReached(failures));
          else begin();
        },
      );
      if (next < addresses.length) timer = setTimeout(begin, delayMs);
    };
    if (addresses.length === 0) reject(new NoneReached(failures));
    else begin();
  });
}
