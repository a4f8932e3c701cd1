import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  encodePacket,
  encodeTexts,
  type MilterPacket,
  PacketReader,
} from '../shared/protocol/milter/packet.ts';

/** What the filter sends for a command; undefined: nothing at all. */
export type Answer = readonly Buffer[] | undefined;

export const CONTINUE = [encodePacket('c')];
export const packet = (command: string, ...texts: readonly string[]): Buffer =>
  encodePacket(command, texts.length === 0 ? undefined : encodeTexts(...texts));

/** SMFIR_INSHEADER. */
export function insertHeader(index: number, name: string, value: string): Buffer {
  const at = Buffer.alloc(4);
  at.writeUInt32BE(index);
  return encodePacket('i', Buffer.concat([at, encodeTexts(name, value)]));
}

export interface ScriptedMilter extends AsyncDisposable {
  readonly port: number;
  /** Each command with its data, NULs as `|`; macros are `D`. In order. */
  readonly heard: string[];
  /** Answers by command; `c` where there is none. May be changed at any time. */
  answers: Record<string, (data: Buffer) => Answer>;
  readonly connections: number;
}

/** A mail filter that does as it is told. `protocol`: the SMFIP bits it agrees to. */
export async function startMilter(protocol = 0): Promise<ScriptedMilter> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const answerTo = ({ command, data }: MilterPacket): Answer => {
    const answer = milter.answers[command];
    if (answer !== undefined) return answer(data);
    if (command === 'O') {
      const agreed = Buffer.from(data);
      agreed.writeUInt32BE(protocol, 8);
      return [encodePacket('O', agreed)];
    }
    return 'DAQ'.includes(command) ? undefined : CONTINUE;
  };
  const server = createServer((socket) => {
    milter.connections++;
    sockets.add(socket);
    const reader = new PacketReader();
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      for (const told of reader.read(chunk)) {
        heard.push(`${told.command} ${told.data.toString('latin1').replaceAll('\0', '|')}`.trimEnd());
        for (const answer of answerTo(told) ?? []) socket.write(answer);
      }
    });
  });
  const milter = {
    port: 0,
    heard,
    answers: {} as ScriptedMilter['answers'],
    connections: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  milter.port = (server.address() as AddressInfo).port;
  return milter;
}
