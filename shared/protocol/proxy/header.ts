import { readVersion1 } from './version1.ts';
import { readVersion2, SIGNATURE } from './version2.ts';

export interface ProxyEndpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * What a proxy says of the connection it hands on.
 * - `local`: of its own accord, or it does not know for whom; the addresses of the connection stand
 * - `proxied`: for this client, who connected to this address of the proxy
 */
export type ProxyHeader =
  | { readonly kind: 'local' }
  | { readonly kind: 'proxied'; readonly source: ProxyEndpoint; readonly destination: ProxyEndpoint };

/** `length`: octets of the header; what follows is the client's. */
export type ProxyRead = 'need-data' | 'malformed' | { readonly header: ProxyHeader; readonly length: number };

const VERSION1 = Buffer.from('PROXY ');

/**
 * The header that begins a connection from a proxy (PROXY protocol versions 1 and 2, haproxy.org/download/2.9/doc/proxy-protocol.txt).
 * `bytes`: all that came so far. It is as strict as the protocol asks receivers to be: who may not speak it must not be guessed at.
 */
export function readProxyHeader(bytes: Buffer): ProxyRead {
  if (begins(bytes, SIGNATURE)) return readVersion2(bytes);
  if (begins(bytes, VERSION1)) return readVersion1(bytes);
  return 'malformed';
}

/** As far as there are bytes. */
function begins(bytes: Buffer, with_: Buffer): boolean {
  const length = Math.min(bytes.length, with_.length);
  return bytes.subarray(0, length).equals(with_.subarray(0, length));
}
