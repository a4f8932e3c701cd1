import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MilterClient } from '../../../../shared/protocol/milter/client.ts';
import { encodePacket, encodeTexts, MilterPacketError } from '../../../../shared/protocol/milter/packet.ts';

function agreement(protocol: number): Buffer {
  const data = Buffer.alloc(12);
  data.writeUInt32BE(6, 0);
  data.writeUInt32BE(0x21, 4);
  data.writeUInt32BE(protocol, 8);
  return encodePacket('O', data);
}

const negotiated = (protocol = 0): MilterClient => {
  const client = new MilterClient();
  assert.deepEqual(client.receive(agreement(protocol)), ['negotiated']);
  return client;
};

describe('the milter client', () => {
  test('packets are those of libmilter', () => {
    const client = new MilterClient();
    assert.equal(client.negotiate().toString('hex'), '0000000d4f0000000600000021000df7ff');
    assert.equal(
      client.connect('host.example', '192.0.2.1', 4660).toString('latin1'),
      '\0\0\0\x1bChost.example\x004\x124192.0.2.1\0',
    );
    assert.equal(client.mail('<a@b>', 'SIZE=3').toString('latin1'), '\0\0\0\x0eM<a@b>\0SIZE=3\0');
    assert.equal(client.header('Subject', 'x\0y').toString('latin1'), '\0\0\0\x0cLSubject\0xy\0');
    assert.equal(
      client.macros('M', { i: 'id', '{auth}': 'a' }).toString('latin1'),
      '\0\0\0\x10DMi\0id\0{auth}\0a\0',
    );
    assert.equal(client.quit().toString('latin1'), '\0\0\0\x01Q');
  });

  test('verdicts, in one piece and byte by byte', () => {
    const stream = Buffer.concat([
      encodePacket('c'),
      encodePacket('p'),
      encodePacket('y', encodeTexts('550 5.7.1 no')),
      encodePacket('h', encodeTexts('X-Last', 'l')),
      encodePacket('i', Buffer.concat([Buffer.from([0, 0, 0, 1]), encodeTexts('X-First', 'f')])),
      encodePacket('q', encodeTexts('why')),
      encodePacket('a'),
    ]);
    for (const size of [stream.length, 1, 7]) {
      const client = negotiated();
      const verdicts: unknown[] = [];
      for (let at = 0; at < stream.length; at += size)
        verdicts.push(...client.receive(stream.subarray(at, at + size)));
      assert.deepEqual(verdicts, [
        { kind: 'continue' },
        { kind: 'reply', text: '550 5.7.1 no' },
        { kind: 'accept' },
      ]);
      assert.deepEqual(client.changes, {
        added: [
          { name: 'X-Last', value: 'l', first: false },
          { name: 'X-First', value: 'f', first: true },
        ],
        quarantine: 'why',
      });
      client.endOfMessage();
      assert.deepEqual(client.changes, { added: [], quarantine: null });
    }
  });

  test('what the filter does not want, and does not answer', () => {
    const client = negotiated(0x01 | 0x10 | 0x80);
    assert.deepEqual(
      [client.wants('connect'), client.wants('helo'), client.wants('body'), client.answers('headers')],
      [false, true, false, false],
    );
  });

  test('nonsense is an error, not a wait', () => {
    assert.throws(() => new MilterClient().receive(encodePacket('c')), MilterPacketError);
    assert.throws(() => negotiated().receive(Buffer.from([0xff, 0xff, 0xff, 0xff, 0])), MilterPacketError);
    assert.throws(() => negotiated().receive(Buffer.from([0, 0, 0, 0, 0])), MilterPacketError);
  });
});
