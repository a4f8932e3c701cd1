/** A script that is none: said to who uploads it. `line` from 1. */
export class SieveSyntaxError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = 'SieveSyntaxError';
    this.line = line;
  }
}

/** A script that fails while it runs: what it asked for is dropped, and the message is kept (RFC 5228 §2.10.6). */
export class SieveRunError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SieveRunError';
  }
}
