import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { letter, withoutTrace } from '../message.ts';
import { awaitMail, READERS } from '../readers.ts';
import { SENDERS } from '../senders.ts';
import type { System } from '../system.ts';

const LINES = 250_000;
const TO = 'large@example.test';

/** About 18 MB: many chunks in storage, many socket buffers on the way. Each line is another, so that a lost or doubled piece shows. */
export function largeMessage(system: () => System): void {
  describe('a large message', () => {
    before(() => system().addAccounts(TO));

    const skip =
      [...SENDERS, ...READERS].map(({ missing }) => missing()).find((reason) => reason !== false) ?? false;
    const readers = READERS.map((reader) => `${reader.name} (${reader.protocol})`).join(', ');
    test(`curl sends, ${readers} read`, { skip }, async () => {
      const body = Array.from(
        { length: LINES },
        (_, at) => `${at % 7 === 0 ? '.' : ''}${at} ${'x'.repeat(64)}`,
      );
      const from = 'alice@example.test';
      const { bytes } = letter(from, TO, body);
      const curl = SENDERS.find(({ name }) => name === 'curl')!;
      await curl.send({
        port: system().ports.submission,
        security: 'starttls',
        login: from,
        from,
        to: [TO],
        message: bytes,
      });
      for (const reader of READERS) {
        const [found, ...more] = await awaitMail(reader, system(), {
          login: TO,
          security: 'tls',
          delete: false,
        });
        assert.equal(more.length, 0, reader.name);
        assert.ok(withoutTrace(found!.message, bytes).equals(bytes), `${reader.name} (${reader.protocol})`);
      }
    });
  });
}
