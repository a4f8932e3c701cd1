import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadAhead } from '../../../services/relay-worker/read-ahead.ts';
import { CHUNK_BYTES } from '../../../shared/storage/port.ts';
import { entryOf } from './entry.ts';

const id = (number: number): string => number.toString(16).padStart(32, '0');
const message = (number: number, size = 1_000) => entryOf({ emailId: id(number), size });

/** Reads of a storage in which message n is n bytes of its own; `reads` says what was asked together. */
function ahead(failing = false) {
  const reads: number[][] = [];
  const storage = {
    async readMany(emailIds: readonly string[]) {
      const numbers = emailIds.map((emailId) => Number.parseInt(emailId, 16));
      reads.push(numbers);
      if (failing && reads.length === 1) throw new Error('away');
      return new Map(numbers.map((number) => [id(number), Buffer.from(`message ${number}`)]));
    },
  };
  return { reads, readAhead: new ReadAhead(storage) };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test('what goes out next is read with the first, and each is handed out once', async () => {
  const { reads, readAhead } = ahead();
  const queue = range(1, 40).map((number) => message(number));
  for (const [index, entry] of queue.entries()) {
    const bytes = await readAhead.take(entry, queue.slice(index + 1, index + 20));
    assert.equal(bytes?.toString(), `message ${index + 1}`);
  }
  assert.deepEqual(reads, [range(1, 17), range(17, 33), range(33, 40)]);
  await readAhead.take(queue[0]!, []);
  assert.deepEqual(reads.at(-1), [1], 'taken again, read again');
});

test('workers that ask while a read is under way share it', async () => {
  const { reads, readAhead } = ahead();
  const queue = range(1, 5).map((number) => message(number));
  const got = await Promise.all(queue.map((entry, index) => readAhead.take(entry, queue.slice(index + 1))));
  assert.deepEqual(got.map(String), ['message 1', 'message 2', 'message 3', 'message 4']);
  assert.equal(reads.length, 1);
});

test('large messages are not read ahead, nor more than a bounded number of bytes', async () => {
  const { reads, readAhead } = ahead();
  assert.equal(await readAhead.take(message(1, CHUNK_BYTES + 1), []), undefined);
  const upcoming = [
    message(2, CHUNK_BYTES + 1),
    message(3, 200_000),
    message(4, 100_000),
    message(5, 50_000),
  ];
  await readAhead.take(message(6), upcoming);
  assert.deepEqual(reads, [[6, 3, 5]]);
  for (let number = 100; number < 400; number += 2)
    await readAhead.take(message(number), [message(number + 1, 200_000)]);
  await readAhead.take(message(101, 200_000), []);
  assert.deepEqual(reads.at(-1), [101], 'what was read long ago was let go');
  await readAhead.take(message(399, 200_000), []);
  assert.deepEqual(reads.at(-1), [101], 'what was read just now is there');
});

test('a read that fails fails its message alone; the others are read again', async () => {
  const { reads, readAhead } = ahead(true);
  await assert.rejects(readAhead.take(message(1), [message(2)]), /away/);
  assert.equal(await readAhead.take(message(2), []), undefined);
  assert.equal(String(await readAhead.take(message(2), [])), 'message 2');
  assert.equal(reads.length, 2);
});
