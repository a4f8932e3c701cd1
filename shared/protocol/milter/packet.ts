/** Packets of the milter protocol, version 6 (sendmail's libmilter, `mfdef.h`): length, command, data. */

/** Longer packets are none: libmilter's largest is 1 MiB. */
export const MAX_PACKET_BYTES = 1_048_576;
/** Of the body in one packet (MILTER_CHUNK_SIZE). */
export const BODY_BYTES = 65_535;

export interface MilterPacket {
  /** One ASCII letter. */
  readonly command: string;
  readonly data: Buffer;
}

export function encodePacket(command: string, data: Uint8Array = new Uint8Array(0)): Buffer {
  const packet = Buffer.allocUnsafe(5 + data.length);
  packet.writeUInt32BE(data.length + 1, 0);
  packet.write(command, 4, 'latin1');
  packet.set(data, 5);
  return packet;
}

/** Texts, each with a NUL behind it. A NUL inside a text would end it: it is taken out. */
export function encodeTexts(...texts: readonly string[]): Buffer {
  return encodeTextsIn('utf8', ...texts);
}

export function encodeTextsIn(encoding: 'utf8' | 'latin1', ...texts: readonly string[]): Buffer {
  return Buffer.concat(texts.map((text) => Buffer.from(`${text.replaceAll('\0', '')}\0`, encoding)));
}

export class MilterPacketError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MilterPacketError';
  }
}

/** Cuts what comes from the filter into packets. */
export class PacketReader {
  #pending: Buffer = Buffer.alloc(0);

  /** @throws MilterPacketError when no packet can begin like this */
  read(chunk: Uint8Array): MilterPacket[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const packets: MilterPacket[] = [];
    while (this.#pending.length >= 5) {
      const length = this.#pending.readUInt32BE(0);
      if (length < 1 || length > MAX_PACKET_BYTES) throw new MilterPacketError(`a packet of ${length} bytes`);
      if (this.#pending.length < 4 + length) break;
      const data = Buffer.from(this.#pending.subarray(5, 4 + length));
      packets.push({ command: this.#pending.toString('latin1', 4, 5), data });
      this.#pending = this.#pending.subarray(4 + length);
    }
    return packets;
  }
}

/** The texts in a packet's data, each ended by NUL. */
export function textsIn(data: Buffer): string[] {
  const texts = data.toString('utf8').split('\0');
  if (texts.at(-1) === '') texts.pop();
  return texts;
}
