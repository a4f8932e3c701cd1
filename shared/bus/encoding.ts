/** What both adapters agree on about the bytes of a delivery. */
import { type BusDelivery, BusError, type BusHeaders, type Json, MAX_PAYLOAD_BYTES } from './port.ts';

/** `NATS/1.0`, the line ends around it and the empty line (NATS ADR-4). */
const HEADER_FRAME_BYTES = 12;

function headerBytes(headers: BusHeaders | undefined): number {
  if (!headers) return 0;
  let bytes = 0;
  for (const name in headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(headers[name]!) + 4;
  return bytes === 0 ? 0 : bytes + HEADER_FRAME_BYTES;
}

/** JSON text as bytes. Throws 'payload-too-large', headers included, as the server would cut the connection for it. */
export function encode(subject: string, payload: Json | undefined, headers?: BusHeaders): Buffer {
  const bytes = Buffer.from(JSON.stringify(payload ?? null));
  if (bytes.length + headerBytes(headers) > MAX_PAYLOAD_BYTES)
    throw new BusError('payload-too-large', subject);
  return bytes;
}

export function decode(data: Uint8Array): Json {
  if (data.length === 0) return null;
  const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return JSON.parse(bytes.toString('utf8'));
}

/** Called with what a handler threw; the sender learns no more than that it failed. */
export type HandlerErrorListener = (error: unknown, delivery: Pick<BusDelivery, 'subject'>) => void;

/** The text of an error that may travel to the sender. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
