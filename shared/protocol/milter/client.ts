import {
  encodePacket,
  encodeTexts,
  encodeTextsIn,
  type MilterPacket,
  MilterPacketError,
  PacketReader,
  textsIn,
} from './packet.ts';

/** What a filter says of a step: go on, or the message's (at connect and HELO: the connection's) fate. */
export type MilterVerdict =
  | { readonly kind: 'continue' | 'accept' | 'discard' | 'reject' | 'tempfail' }
  /** A reply of its own: `550 5.7.1 text`. */
  | { readonly kind: 'reply'; readonly text: string }
  /** No more of this kind is wanted (SMFIR_SKIP). */
  | { readonly kind: 'skip' };

/** What it wants done with a message it lets through. */
export interface MilterChanges {
  /** Fields to add, in order; `first`: above the others. */
  readonly added: readonly { readonly name: string; readonly value: string; readonly first: boolean }[];
  /** Hold it back, and why. */
  readonly quarantine: string | null;
}

const VERSION = 6;
/** What we can do with a message: add header fields, quarantine. */
const ACTIONS = 0x01 | 0x20;
/** SMFIP_NOUNKNOWN: unknown commands are not told. */
const NO_UNKNOWN = 0x100;
/** SMFIP_SKIP: it may say `skip`. */
const SKIP = 0x400;
/** SMFIP_NOxxx: steps that the filter does not want to hear of. */
const NO_STEP = {
  connect: 0x01,
  helo: 0x02,
  mail: 0x04,
  rcpt: 0x08,
  body: 0x10,
  headers: 0x20,
  eoh: 0x40,
  data: 0x200,
} as const;
/** SMFIP_NR_xxx: steps to which it sends no reply. */
const NO_REPLY = {
  headers: 0x80,
  connect: 0x1000,
  helo: 0x2000,
  mail: 0x4000,
  rcpt: 0x8000,
  data: 0x10000,
  eoh: 0x40000,
  body: 0x80000,
} as const;

const OFFERED =
  Object.values(NO_STEP).reduce((sum, bit) => sum | bit, 0) |
  Object.values(NO_REPLY).reduce((sum, bit) => sum | bit, 0) |
  NO_UNKNOWN |
  SKIP;

export type MilterStep = keyof typeof NO_STEP;

const VERDICTS: Readonly<Record<string, MilterVerdict>> = {
  c: { kind: 'continue' },
  a: { kind: 'accept' },
  d: { kind: 'discard' },
  r: { kind: 'reject' },
  t: { kind: 'tempfail' },
  s: { kind: 'skip' },
};

/**
 * The client (MTA) side of the milter protocol, sans-IO: packets to send as return values, verdicts from `receive`.
 * Steps that the filter asked not to hear of, or does not answer, are for the caller to ask about: `wants`, `answers`.
 */
export class MilterClient {
  readonly #reader = new PacketReader();
  #negotiated = false;
  #protocol = 0;
  #added: { name: string; value: string; first: boolean }[] = [];
  #quarantine: string | null = null;

  /** The first packet. */
  negotiate(): Buffer {
    const data = Buffer.alloc(12);
    data.writeUInt32BE(VERSION, 0);
    data.writeUInt32BE(ACTIONS, 4);
    data.writeUInt32BE(OFFERED >>> 0, 8);
    return encodePacket('O', data);
  }

  wants(step: MilterStep): boolean {
    return (this.#protocol & NO_STEP[step]) === 0;
  }

  answers(step: MilterStep): boolean {
    return (this.#protocol & NO_REPLY[step]) === 0;
  }

  /** `address`: the client's, IPv4 or IPv6. */
  connect(hostname: string, address: string, port: number): Buffer {
    const family = address.includes(':') ? '6' : '4';
    const at = Buffer.alloc(2);
    at.writeUInt16BE(port);
    const data = Buffer.concat([encodeTexts(hostname), Buffer.from(family), at, encodeTexts(address)]);
    return encodePacket('C', data);
  }

  helo(name: string): Buffer {
    return encodePacket('H', encodeTexts(name));
  }

  /** `step`: the command the macros go with, `C` `H` `M` `R` `T` `E`. Names with several letters stand in braces. */
  macros(step: string, macros: Readonly<Record<string, string>>): Buffer {
    const texts = Object.entries(macros).flat();
    return encodePacket('D', Buffer.concat([Buffer.from(step), encodeTexts(...texts)]));
  }

  /** With angle brackets, then ESMTP parameters. */
  mail(path: string, ...parameters: readonly string[]): Buffer {
    return encodePacket('M', encodeTexts(path, ...parameters));
  }

  rcpt(path: string, ...parameters: readonly string[]): Buffer {
    return encodePacket('R', encodeTexts(path, ...parameters));
  }

  data(): Buffer {
    return encodePacket('T');
  }

  /** Latin1: a character an octet, so that what was sent arrives as it was. Folds end in LF. */
  header(name: string, value: string): Buffer {
    return encodePacket('L', encodeTextsIn('latin1', name, value));
  }

  endOfHeader(): Buffer {
    return encodePacket('N');
  }

  /** At most BODY_BYTES. */
  body(chunk: Uint8Array): Buffer {
    return encodePacket('B', chunk);
  }

  /** The end of the message: the verdict comes after the changes. */
  endOfMessage(): Buffer {
    this.#added = [];
    this.#quarantine = null;
    return encodePacket('E');
  }

  /** The message is over without its end; the connection goes on. */
  abort(): Buffer {
    return encodePacket('A');
  }

  quit(): Buffer {
    return encodePacket('Q');
  }

  /** What it said of the message whose end was answered last. */
  get changes(): MilterChanges {
    return { added: this.#added, quarantine: this.#quarantine };
  }

  /** Verdicts in the order of the steps. `negotiated`: the filter agreed. @throws MilterPacketError */
  receive(chunk: Uint8Array): (MilterVerdict | 'negotiated')[] {
    const verdicts: (MilterVerdict | 'negotiated')[] = [];
    for (const packet of this.#reader.read(chunk)) {
      const verdict = this.#negotiated ? this.#verdict(packet) : this.#agreement(packet);
      if (verdict !== null) verdicts.push(verdict);
    }
    return verdicts;
  }

  #agreement({ command, data }: MilterPacket): 'negotiated' {
    if (command !== 'O' || data.length < 12) throw new MilterPacketError('the filter does not negotiate');
    if (data.readUInt32BE(0) < 2) throw new MilterPacketError('the filter speaks a version before 2');
    this.#protocol = data.readUInt32BE(8);
    this.#negotiated = true;
    return 'negotiated';
  }

  #verdict({ command, data }: MilterPacket): MilterVerdict | null {
    const simple = VERDICTS[command];
    if (simple !== undefined) return simple;
    switch (command) {
      case 'y':
        return { kind: 'reply', text: textsIn(data)[0] ?? '' };
      case 'h':
        this.#add(textsIn(data), false);
        return null;
      case 'i':
        this.#add(textsIn(data.subarray(4)), data.length >= 4 && data.readUInt32BE(0) <= 1);
        return null;
      case 'q':
        this.#quarantine = textsIn(data)[0] ?? '';
        return null;
      default:
        // `p` (progress), and changes that were not offered.
        return null;
    }
  }

  #add([name, value]: readonly string[], first: boolean): void {
    if (name !== undefined && value !== undefined && this.#added.length < MAX_ADDED)
      this.#added.push({ name, value, first });
  }
}

/** Fields a filter may add to one message. */
const MAX_ADDED = 100;
