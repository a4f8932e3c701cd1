/** Addresses and networks of them, as settings name them and limits count them. */
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;

/** An IPv4-mapped IPv6 address is the IPv4 one. */
function parse(address: string): Address | undefined {
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

/** Bits of an IPv6 address that one customer commonly has of his own choice. */
const IPV6_PREFIX = 64;

/** What limits count by: an IPv4 address, an IPv6 /64. What is no address stands for itself. */
export function networkOf(address: string): string {
  const parsed = parse(address);
  if (parsed === undefined) return address;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed}/${IPV6_PREFIX}`)}/${IPV6_PREFIX}`;
}

/** As greylists tell senders apart: large ones try again from another address nearby. IPv4 /24, IPv6 /64. */
export function greylistNetworkOf(address: string): string {
  const parsed = parse(address);
  if (parsed?.kind() !== 'ipv4') return networkOf(address);
  return `${ipaddr.IPv4.networkAddressFromCIDR(`${parsed}/24`)}/24`;
}

/** `1.2.0.192`, or the 32 nibbles of an IPv6 address: the name under which the DNS has an address, without its zone (RFC 5782 §2). */
export function reversedAddress(address: string): string | undefined {
  const parsed = parse(address);
  if (parsed === undefined) return undefined;
  if (parsed.kind() === 'ipv4') return parsed.toString().split('.').reverse().join('.');
  const digits = parsed.toByteArray().map((byte) => byte.toString(16).padStart(2, '0'));
  return [...digits.join('')].reverse().join('.');
}

/** However they are written. */
export function sameAddress(one: string, other: string): boolean {
  const [first, second] = [parse(one), parse(other)];
  return first !== undefined && first.toString() === second?.toString();
}

/** `192.0.2.0/24`, `2001:db8::/32`, or one address. */
export class Networks {
  readonly #ranges: readonly (readonly [Address, number])[];

  /** Throws with a message that names what is no network. */
  constructor(texts: readonly string[]) {
    this.#ranges = texts.map((text) => {
      const range = readRange(text);
      if (range === undefined) throw new RangeError(`'${text}' is no address or network`);
      return range;
    });
  }

  contains(address: string): boolean {
    const parsed = parse(address);
    return (
      parsed !== undefined &&
      this.#ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits))
    );
  }
}

export function readRange(text: string): readonly [Address, number] | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = parse(text);
  return address && [address, address.kind() === 'ipv4' ? 32 : 128];
}
