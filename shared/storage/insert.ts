import { checksum } from './checksum.ts';
import type { StagedMessage } from './port.ts';

const COLUMNS = 7;

/** `insert into message … values …` for `count` messages; parameters from `$first` on. Bytes travel in binary. */
export function insertMessagesSql(count: number, first: number): string {
  const rows: string[] = [];
  for (let index = 0; index < count; index++) {
    const at = first + index * COLUMNS;
    rows.push(
      `($${at}::uuid,$${at + 1}::bigint,$${at + 2}::int,$${at + 3}::bytea,$${at + 4}::bytea,$${at + 5}::bigint,$${at + 6}::int)`,
    );
  }
  return `insert into message (email_id, size, chunks, structure, inline, stored_at, crc32) values ${rows.join(',')}`;
}

export function messageParameters(messages: readonly StagedMessage[], now: number): unknown[] {
  const parameters: unknown[] = [];
  for (const message of messages) {
    parameters.push(
      message.emailId,
      message.size,
      message.chunks,
      Buffer.from(JSON.stringify(message.structure)),
      message.inline,
      now,
      checksum(message.inline),
    );
  }
  return parameters;
}
