import { arrayOf, type ElementType } from '../database/port.ts';
import { checksum } from './checksum.ts';
import type { StagedMessage } from './port.ts';

/** Parameters that `messageParameters` makes. */
export const MESSAGE_PARAMETERS = 7;

/** `insert into message …` for any number of messages; its parameters are `$first` and those after it. */
export function insertMessagesSql(first: number): string {
  const [emailId, size, chunks, structure, inline, crc32, now] = Array.from(
    { length: MESSAGE_PARAMETERS },
    (_, index) => `$${first + index}`,
  );
  return `insert into message (email_id, size, chunks, structure, inline, crc32, stored_at)
    select unnest(${emailId}::uuid[]), unnest(${size}::bigint[]), unnest(${chunks}::int[]), unnest(${structure}::bytea[]),
      unnest(${inline}::bytea[]), unnest(${crc32}::int[]), ${now}::bigint`;
}

export function messageParameters(messages: readonly StagedMessage[], now: number): unknown[] {
  const column = <Value>(type: ElementType, value: (message: StagedMessage) => Value): Value[] =>
    arrayOf(type, messages.map(value));
  return [
    column('uuid', (message) => message.emailId),
    column('int8', (message) => message.size),
    column('int4', (message) => message.chunks),
    column('bytea', (message) => Buffer.from(JSON.stringify(message.structure))),
    column('bytea', (message) => message.inline),
    column('int4', (message) => checksum(message.inline)),
    now,
  ];
}
