import { MilterClient } from '../../shared/protocol/milter/client.ts';
import { encodePacket, MAX_PACKET_BYTES, MilterPacketError } from '../../shared/protocol/milter/packet.ts';
import { cut, mutate, pick, type Random } from './grammar.ts';

const DATA = [
  '',
  '\0',
  'X-Name\0value\0',
  '\0\0\0\x01X-First\0v\0',
  '550 5.7.1 no\0',
  '250 yes\0',
  'why',
  '\0\0\0\x06\0\0\0!\0\0\0\0',
  '\xff'.repeat(300),
];

/** A filter that says anything. */
export function fuzzMilter(next: Random): void {
  const client = new MilterClient();
  client.negotiate();
  const packets = Array.from({ length: 1 + Math.floor(next() * 8) }, (_, at) =>
    encodePacket(
      at === 0 && next() < 0.8 ? 'O' : pick(next, [...'cadrtsyhiqpmbO?']),
      Buffer.from(pick(next, DATA), 'latin1'),
    ),
  );
  if (next() < 0.8) packets.unshift(client.negotiate());
  const input = Buffer.from(mutate(Buffer.concat(packets).toString('latin1'), next), 'latin1');
  let verdicts = 0;
  try {
    for (const piece of cut(input, next)) {
      verdicts += client.receive(piece).length;
      client.wants('body');
      if (client.changes.added.length > 100) throw new Error('more fields than are kept');
    }
  } catch (error) {
    if (!(error instanceof MilterPacketError)) throw error;
  }
  // The shortest packet has five octets.
  if (verdicts > input.length / 5 || input.length > MAX_PACKET_BYTES)
    throw new Error('verdicts out of nothing');
}
