/** The tagged response that ends a command. `code`: the response code, without brackets. */
export interface Outcome {
  readonly status: 'OK' | 'NO' | 'BAD';
  readonly text: string;
  readonly code?: string;
  /** Messages were expunged: HIGHESTMODSEQ, as it is once all was told, is the code for a client that counts by it (RFC 7162 §3.2.7). */
  readonly expunged?: true;
}

export function ok(text: string, code?: string): Outcome {
  return { status: 'OK', text, code };
}

export function formatOutcome(outcome: Outcome): string {
  return outcome.code === undefined ? outcome.text : `[${outcome.code}] ${outcome.text}`;
}
