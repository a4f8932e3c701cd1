import { isIpv4, isIpv6 } from '../ip-address.ts';
import type { ProxyEndpoint, ProxyRead } from './header.ts';

/** The longest line there is, CRLF included (PROXY protocol §2.1). */
const MAX_LINE_BYTES = 107;
const CR = 13;
const LF = 10;

const PORT = /^(?:0|[1-9]\d{0,4})$/;
const MAX_PORT = 65_535;

/** `PROXY TCP4 192.0.2.1 198.51.100.1 56324 25`; what follows `UNKNOWN` is passed over. */
export function readVersion1(bytes: Buffer): ProxyRead {
  const end = bytes.subarray(0, MAX_LINE_BYTES).indexOf(LF);
  if (end < 0) return bytes.length < MAX_LINE_BYTES ? 'need-data' : 'malformed';
  if (bytes[end - 1] !== CR) return 'malformed';
  const length = end + 1;
  const words = bytes.toString('latin1', 0, end - 1).split(' ');
  if (words[1] === 'UNKNOWN') return { header: { kind: 'local' }, length };
  const isAddress = words[1] === 'TCP4' ? isIpv4 : words[1] === 'TCP6' ? isIpv6 : undefined;
  if (isAddress === undefined || words.length !== 6) return 'malformed';
  const [, , from = '', to = '', fromPort = '', toPort = ''] = words;
  const source = endpoint(from, fromPort, isAddress);
  const destination = endpoint(to, toPort, isAddress);
  if (source === undefined || destination === undefined) return 'malformed';
  return { header: { kind: 'proxied', source, destination }, length };
}

function endpoint(
  address: string,
  port: string,
  isAddress: (text: string) => boolean,
): ProxyEndpoint | undefined {
  if (!isAddress(address) || !PORT.test(port) || Number(port) > MAX_PORT) return undefined;
  return { address: address.toLowerCase(), port: Number(port) };
}
