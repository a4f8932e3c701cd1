/** Messages of Postgres' extended query protocol (protocol 3.0), as one piece of memory each. */
import { type ElementType, elementType } from './array-of.ts';

/** OIDs of the element types (pg_type.dat). */
const OIDS: Record<ElementType, number> = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  uuid: 2950,
};
/** Dimensions, flags, element OID, length and lower bound, four bytes each (array_recv). */
const ARRAY_HEAD = 20;
/** No dimension: neither length nor lower bound. */
const EMPTY_ARRAY = 12;
const NULL_LENGTH = -1;
const DESCRIBE_PORTAL = Buffer.from('D\0\0\0\x06P\0', 'latin1');
/** Execute the unnamed portal to its end; Sync. */
const EXECUTE_SYNC = Buffer.from('E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04', 'latin1');

export function parseMessage(name: string, text: string): Buffer {
  const nameBytes = Buffer.byteLength(name);
  const length = 4 + nameBytes + 1 + Buffer.byteLength(text) + 1 + 2;
  const message = Buffer.alloc(1 + length);
  message[0] = 0x50; // 'P'
  message.writeInt32BE(length, 1);
  message.write(name, 5);
  message.write(text, 5 + nameBytes + 1);
  return message;
}

/** Bind to the unnamed portal, Describe when asked for, Execute, Sync. Throws TypeError for a value it cannot write. */
export function executeMessages(name: string, parameters: readonly unknown[], describe: boolean): Buffer {
  const values = parameters.map(wireValue);
  const count = values.length;
  const nameBytes = Buffer.byteLength(name);
  let length = 4 + 1 + nameBytes + 1 + 2 + 2 * count + 2 + 4 * count + 2;
  for (const value of values) length += sizeOf(value);
  const tail = describe ? DESCRIBE_PORTAL.length + EXECUTE_SYNC.length : EXECUTE_SYNC.length;
  const message = Buffer.allocUnsafe(1 + length + tail);
  message[0] = 0x42; // 'B'
  let at = message.writeInt32BE(length, 1);
  message[at++] = 0;
  at += message.write(name, at);
  message[at++] = 0;
  at = message.writeInt16BE(count, at);
  for (const value of values) at = message.writeInt16BE(isBinary(value) ? 1 : 0, at);
  at = message.writeInt16BE(count, at);
  for (const value of values) at = write(message, value, at);
  // Results as text: the driver reads nothing else.
  at = message.writeInt16BE(0, at);
  if (describe) at += DESCRIBE_PORTAL.copy(message, at);
  EXECUTE_SYNC.copy(message, at);
  return message;
}

interface BinaryArray {
  readonly type: ElementType;
  readonly values: readonly unknown[];
}

type WireValue = string | Uint8Array | BinaryArray | null;

const isBinary = (value: WireValue): boolean => value !== null && typeof value !== 'string';

function wireValue(value: unknown): WireValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return value.toISOString();
  if (!Array.isArray(value)) throw new TypeError(`${typeof value} cannot be a parameter`);
  const type = elementType(value);
  return type === undefined ? textArray(value) : { type, values: value };
}

function sizeOf(value: WireValue): number {
  if (value === null) return 0;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  let size = value.values.length === 0 ? EMPTY_ARRAY : ARRAY_HEAD;
  for (const element of value.values) size += 4 + elementSize(value.type, element);
  return size;
}

function elementSize(type: ElementType, element: unknown): number {
  if (element === null || element === undefined) return 0;
  switch (type) {
    case 'bool':
      return 1;
    case 'int2':
      return 2;
    case 'int4':
      return 4;
    case 'int8':
      return 8;
    case 'uuid':
      return 16;
    case 'text':
      return Buffer.byteLength(element as string);
    case 'bytea':
      return (element as Uint8Array).length;
  }
}

function write(message: Buffer, value: WireValue, start: number): number {
  if (value === null) return message.writeInt32BE(NULL_LENGTH, start);
  let at = start + 4;
  if (typeof value === 'string') at += message.write(value, at);
  else if (value instanceof Uint8Array) {
    message.set(value, at);
    at += value.length;
  } else at = writeArray(message, value, at);
  message.writeInt32BE(at - start - 4, start);
  return at;
}

function writeArray(message: Buffer, { type, values }: BinaryArray, start: number): number {
  let at = message.writeInt32BE(values.length === 0 ? 0 : 1, start);
  at = message.writeInt32BE(values.some((element) => element === null || element === undefined) ? 1 : 0, at);
  at = message.writeInt32BE(OIDS[type], at);
  if (values.length === 0) return at;
  at = message.writeInt32BE(values.length, at);
  at = message.writeInt32BE(1, at);
  for (const element of values) {
    if (element === null || element === undefined) at = message.writeInt32BE(NULL_LENGTH, at);
    else {
      at = message.writeInt32BE(elementSize(type, element), at);
      at = writeElement(message, type, element, at);
    }
  }
  return at;
}

function writeElement(message: Buffer, type: ElementType, element: unknown, at: number): number {
  switch (type) {
    case 'bool':
      message[at] = element ? 1 : 0;
      return at + 1;
    case 'int2':
      return message.writeInt16BE(Number(element), at);
    case 'int4':
      return message.writeInt32BE(Number(element), at);
    case 'int8':
      return writeInt8(message, element as number | string, at);
    case 'uuid':
      return writeUuid(message, element as string, at);
    case 'text':
      return at + message.write(element as string, at);
    case 'bytea':
      message.set(element as Uint8Array, at);
      return at + (element as Uint8Array).length;
  }
}

const TWO_32 = 2 ** 32;

function writeInt8(message: Buffer, element: number | string, at: number): number {
  const number = Number(element);
  if (!Number.isSafeInteger(number)) return message.writeBigInt64BE(BigInt(element), at);
  message.writeInt32BE(Math.floor(number / TWO_32), at);
  return message.writeUInt32BE(number - Math.floor(number / TWO_32) * TWO_32, at + 4);
}

function writeUuid(message: Buffer, element: string, at: number): number {
  const hex = element.length === 32 ? element : element.replaceAll('-', '');
  if (hex.length !== 32 || message.write(hex, at, 'hex') !== 16) throw new TypeError('not a uuid');
  return at + 16;
}

/** An array literal (Postgres §8.15.2). */
function textArray(values: readonly unknown[]): string {
  const elements = values.map((element) => {
    if (element === null || element === undefined) return 'NULL';
    if (Array.isArray(element)) return textArray(element);
    if (element instanceof Uint8Array) return `"\\\\x${Buffer.from(element).toString('hex')}"`;
    return `"${String(element).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${elements.join(',')}}`;
}
