import type { Database } from '../../../shared/database/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import { runSieve, type SieveProgram, type SieveResult } from '../../../shared/sieve/program.ts';
import type { SieveBody } from '../../../shared/sieve/run.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { answer } from './answers.ts';
import { messageBody } from './message-body.ts';
import { ownAddresses } from './own-addresses.ts';
import type { SpooledMessage } from './spooled-message.ts';

/** Each question is asked once, so this bounds the runs; a script of 64 KiB hardly has more. */
const MAX_QUESTIONS = 500;

export type Plan = Extract<SieveResult, { actions: unknown }>;

/** Runs the script until all that it asks is answered. Reads, and changes nothing. */
export async function plan(
  { database, storage }: { readonly database: Database; readonly storage: MessageStorage },
  account: AccountId,
  program: SieveProgram,
  message: SpooledMessage,
  now: number,
  detailSeparators: string,
): Promise<Plan> {
  const known = new Map<string, boolean>();
  let body: SieveBody | undefined;
  const addresses = await ownAddresses(database, account);
  for (let questions = 0; ; questions++) {
    const result = runSieve(program, {
      header: message.header,
      size: message.size,
      reversePath: message.reversePath,
      forwardPath: message.forwardPath,
      addresses: [...addresses, message.forwardPath],
      detailSeparators,
      now,
      answers: { known, ...(body === undefined ? {} : { body }) },
    });
    if (!('asks' in result)) return result;
    if (questions >= MAX_QUESTIONS) return keepAll('the script asks too much');
    const { asks } = result;
    if (asks.kind === 'body') body = await messageBody(storage, message.emailId, message.structure);
    else known.set(JSON.stringify(asks), await answer(database, account, asks, now));
  }
}

/** RFC 5228 §2.10.6: when in doubt, keep. */
export function keepAll(failure: string): Plan {
  return { actions: [{ kind: 'keep', flags: [] }], header: null, tracked: new Map(), failure };
}
