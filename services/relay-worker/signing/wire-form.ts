import { DataEncoder } from '../../../shared/protocol/smtp/client-data.ts';

/** The bytes as the remote will have them: what leaves by DATA has its line ends and long lines mended on the way. */
export async function* wireForm(
  stored: AsyncIterable<Uint8Array>,
  body: '7bit' | '8bit' | 'binary',
): AsyncGenerator<Uint8Array> {
  if (body === 'binary') {
    yield* stored;
    return;
  }
  const encoder = new DataEncoder(false);
  for await (const piece of stored) yield encoder.write(piece);
  yield encoder.end();
}
