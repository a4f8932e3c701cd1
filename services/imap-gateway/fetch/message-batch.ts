import type { EmailId, MessageFacts } from '../../../shared/mailbox/types.ts';
import type { MessageStructure } from '../../../shared/message/structure.ts';
import { CHUNK_BYTES } from '../../../shared/storage/port.ts';
import type { Gateway } from '../gateway.ts';
import { BATCH_BYTES, BATCH_MESSAGES, WHOLE_READ_BYTES } from '../limits.ts';

/** What has to be known of each message. */
export interface Needs {
  readonly facts: boolean;
  readonly structure: boolean;
  /** `whole`: most of its bytes; `part`: some section. */
  readonly bytes: 'none' | 'part' | 'whole';
}

/** A message of a view; what was not needed, or is gone, is undefined. */
export interface LoadedMessage {
  readonly position: number;
  readonly facts: MessageFacts | undefined;
  readonly structure: MessageStructure | undefined;
  /** Filled in by who needs it; undefined too when the message has none yet. */
  threadId?: string;
  /** All its bytes, when it is small enough to have been read with others. */
  readonly bytes: Buffer | undefined;
}

/** Positions with their facts in groups that are read from storage at once: bounded by number, and by bytes where bytes are read. */
export function* batches(
  positions: readonly number[],
  factsAt: (position: number) => MessageFacts | undefined,
  needs: Needs,
): Generator<number[]> {
  let batch: number[] = [];
  let bytes = 0;
  for (const position of positions) {
    const size = readsWhole(factsAt(position), needs) ? factsAt(position)!.size : 0;
    if (batch.length > 0 && (batch.length >= BATCH_MESSAGES || bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(position);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

export async function loadBatch(
  gateway: Gateway,
  batch: readonly number[],
  factsAt: (position: number) => MessageFacts | undefined,
  needs: Needs,
): Promise<LoadedMessage[]> {
  const facts = batch.map(factsAt);
  const present = facts.filter((each) => each !== undefined);
  const whole = present.filter((each) => readsWhole(each, needs)).map((each) => each.emailId);
  const [structures, bytes] = await Promise.all([
    needs.structure ? gateway.structures.get(present.map((each) => each.emailId)) : NO_STRUCTURES,
    whole.length > 0 ? gateway.bytes.get([...new Set(whole)]) : NO_BYTES,
  ]);
  return batch.map((position, at) => {
    const emailId = facts[at]?.emailId ?? '';
    return { position, facts: facts[at], structure: structures.get(emailId), bytes: bytes.get(emailId) };
  });
}

function readsWhole(facts: MessageFacts | undefined, needs: Needs): boolean {
  if (facts === undefined || needs.bytes === 'none') return false;
  return facts.size <= (needs.bytes === 'whole' ? CHUNK_BYTES : WHOLE_READ_BYTES);
}

const NO_STRUCTURES: ReadonlyMap<EmailId, MessageStructure> = new Map();
const NO_BYTES: ReadonlyMap<EmailId, Buffer> = new Map();
