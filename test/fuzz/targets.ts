import { random } from '../shared/message/cuts.ts';
import type { Random } from './grammar.ts';
import { fuzzImap } from './imap.ts';
import { fuzzMessage } from './message.ts';
import { fuzzMilter } from './milter.ts';
import { fuzzPop3 } from './pop3.ts';
import { fuzzSieve } from './sieve.ts';
import { fuzzSmtp } from './smtp.ts';

/** Each takes one input; what it throws is a fault of what it tries. */
export const TARGETS: Readonly<Record<string, (next: Random) => void>> = {
  imap: fuzzImap,
  pop3: fuzzPop3,
  message: fuzzMessage,
  smtp: fuzzSmtp,
  milter: fuzzMilter,
  sieve: fuzzSieve,
};

/** The input of this seed. Throws with the seed in its message. */
export function tryInput(target: string, seed: number): void {
  try {
    TARGETS[target]!(random(seed));
  } catch (error) {
    throw new Error(`${target}, seed ${seed}: ${(error as Error).message}`, { cause: error });
  }
}
