import { describe, test } from 'node:test';
import { TARGETS, tryInput } from './targets.ts';

/** A short run of `npm run fuzz`, the same inputs each time. */
const INPUTS: Readonly<Record<string, number>> = {
  imap: 5_000,
  pop3: 5_000,
  message: 2_000,
  smtp: 3_000,
  milter: 5_000,
  sieve: 3_000,
};

describe('fuzzed inputs', () => {
  for (const target of Object.keys(TARGETS)) {
    test(target, () => {
      for (let seed = 1; seed <= INPUTS[target]!; seed += 1) tryInput(target, seed);
    });
  }
});
