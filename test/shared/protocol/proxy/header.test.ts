import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32c } from '../../../../shared/protocol/proxy/crc32c.ts';
import { type ProxyRead, readProxyHeader } from '../../../../shared/protocol/proxy/header.ts';
import { cuts } from '../smtp/cuts.ts';

const AFTER = Buffer.from('EHLO client.example\r\n');

/** As a receiver reads: all that came so far, until it is decided. */
function read(pieces: readonly Uint8Array[]): ProxyRead {
  let bytes = Buffer.alloc(0);
  for (const piece of pieces) {
    bytes = Buffer.concat([bytes, piece]);
    const found = readProxyHeader(bytes);
    if (found !== 'need-data') return found;
  }
  return 'need-data';
}

function says(name: string, bytes: Buffer, expected: unknown): void {
  test(name, () => {
    for (const pieces of cuts(Buffer.concat([bytes, AFTER]))) assert.deepEqual(read(pieces), expected);
  });
}

const proxied = (source: [string, number], destination: [string, number]) => ({
  kind: 'proxied',
  source: { address: source[0], port: source[1] },
  destination: { address: destination[0], port: destination[1] },
});

describe('PROXY protocol, version 1', () => {
  const VALID: readonly [line: string, header: unknown][] = [
    ['PROXY TCP4 192.0.2.1 198.51.100.2 56324 25', proxied(['192.0.2.1', 56324], ['198.51.100.2', 25])],
    [
      'PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535',
      proxied(['255.255.255.255', 65535], ['255.255.255.255', 65535]),
    ],
    ['PROXY TCP6 2001:DB8::1 ::1 1 2', proxied(['2001:db8::1', 1], ['::1', 2])],
    [
      'PROXY TCP6 ::ffff:192.0.2.1 1:2:3:4:5:6:7:8 1 2',
      proxied(['::ffff:192.0.2.1', 1], ['1:2:3:4:5:6:7:8', 2]),
    ],
    ['PROXY UNKNOWN', { kind: 'local' }],
    [
      'PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535',
      { kind: 'local' },
    ],
  ];
  for (const [line, header] of VALID)
    says(line, Buffer.from(`${line}\r\n`), { header, length: line.length + 2 });

  const MALFORMED = [
    'EHLO client.example\r\n',
    'PROXYTCP4 192.0.2.1 198.51.100.2 56324 25\r\n',
    'proxy TCP4 192.0.2.1 198.51.100.2 56324 25\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 56324 25 1\r\n',
    'PROXY TCP4  192.0.2.1 198.51.100.2 56324 25\r\n',
    'PROXY TCP4 192.0.2.256 198.51.100.2 56324 25\r\n',
    'PROXY TCP4 192.0.2.01 198.51.100.2 56324 25\r\n',
    'PROXY TCP4 192.0.2 198.51.100.2 56324 25\r\n',
    'PROXY TCP4 192.0.2.1.5 198.51.100.2 56324 25\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 65536 25\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 -1 25\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 025 25\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP6 192.0.2.1 198.51.100.2 56324 25\r\n',
    'PROXY TCP6 1::2::3 ::1 1 2\r\n',
    'PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2\r\n',
    'PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n',
    'PROXY TCP6 1:2:3:4:5:6:7::8 ::1 1 2\r\n'.replace('7::8', '7:8::9'),
    'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
    'PROXY TCP6 12345::1 ::1 1 2\r\n',
    'PROXY UDP4 192.0.2.1 198.51.100.2 56324 25\r\n',
    'PROXY UNIX a b\r\n',
    'PROXY \r\n',
    `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
  ];
  for (const line of MALFORMED) says(JSON.stringify(line), Buffer.from(line), 'malformed');

  test('a line that does not end is given up at 107 octets', () => {
    const line = Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`);
    assert.equal(readProxyHeader(line.subarray(0, 106)), 'need-data');
    assert.equal(readProxyHeader(line.subarray(0, 107)), 'malformed');
  });
});

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const ADDRESSES4 = 'c0000201c6336402dc040019';
const ADDRESSES6 = `20010db8${'0'.repeat(23)}1${'0'.repeat(31)}1dc040019`;

function version2(command: number, family: number, body: string): Buffer {
  const head = Buffer.alloc(4);
  head[0] = command;
  head[1] = family;
  head.writeUInt16BE(body.length / 2, 2);
  return Buffer.concat([Buffer.from(SIGNATURE, 'hex'), head, Buffer.from(body, 'hex')]);
}

function withChecksum(change: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = version2(0x21, 0x11, `${ADDRESSES4}03000400000000`);
  bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4);
  change(bytes);
  return bytes;
}

describe('PROXY protocol, version 2', () => {
  const four = proxied(['192.0.2.1', 56324], ['198.51.100.2', 25]);
  const six = proxied(['2001:db8::1', 56324], ['::1', 25]);
  const VALID: readonly [string, Buffer, unknown][] = [
    ['TCP over IPv4', version2(0x21, 0x11, ADDRESSES4), four],
    ['TCP over IPv6', version2(0x21, 0x21, ADDRESSES6), six],
    ['LOCAL', version2(0x20, 0x00, ''), { kind: 'local' }],
    ['LOCAL, whatever the addresses', version2(0x20, 0x11, ADDRESSES4), { kind: 'local' }],
    ['no family', version2(0x21, 0x00, 'ff'), { kind: 'local' }],
    ['a Unix socket', version2(0x21, 0x31, '00'.repeat(216)), { kind: 'local' }],
    ['extensions', version2(0x21, 0x11, `${ADDRESSES4}0200036162630400`.concat('00')), four],
    ['a checksum that holds', withChecksum(), four],
  ];
  for (const [name, bytes, header] of VALID) says(name, bytes, { header, length: bytes.length });

  const MALFORMED: readonly [string, Buffer][] = [
    ['version 1 in a header of version 2', version2(0x11, 0x11, ADDRESSES4)],
    ['no such command', version2(0x22, 0x11, ADDRESSES4)],
    ['datagrams', version2(0x21, 0x12, ADDRESSES4)],
    ['no such family', version2(0x21, 0x41, ADDRESSES4)],
    ['too short for its addresses', version2(0x21, 0x11, ADDRESSES4.slice(2))],
    ['an extension past the end', version2(0x21, 0x11, `${ADDRESSES4}02000461`)],
    ['half an extension', version2(0x21, 0x11, `${ADDRESSES4}0200`)],
    ['a checksum that does not hold', withChecksum((bytes) => void bytes.writeUInt8(193, 16))],
    ['a checksum of another size', version2(0x21, 0x11, `${ADDRESSES4}03000100`)],
    ['a signature that is not quite one', Buffer.from('\r\n\r\n\0\r\nQUIX\n', 'latin1')],
    ['longer than any', version2(0x21, 0x11, '00'.repeat(4_097))],
  ];
  for (const [name, bytes] of MALFORMED) says(name, bytes, 'malformed');

  test('a header whose end does not come is waited for', () => {
    const bytes = version2(0x21, 0x11, ADDRESSES4);
    for (let i = 0; i < bytes.length; i++) assert.equal(readProxyHeader(bytes.subarray(0, i)), 'need-data');
  });

  test('the checksum is that of RFC 3720, appendix B.4', () => {
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  });
});
