import { reversedAddress, sameAddress } from '../../../shared/net/networks.ts';
import type { Policy } from '../policy.ts';
import { refusals } from '../refusals.ts';
import type { LookUp } from './look-up.ts';

/** Names of one address that are looked at; RFC 8601 §2.7.3 asks for a limit. */
const MAX_NAMES = 5;

export interface Iprev {
  readonly refuse: boolean;
  /** Our name in Authentication-Results. */
  readonly hostname: string;
  readonly exempt: (address: string) => boolean;
}

/** RFC 8601 §2.7.3. `name`: the one that leads back to the address. */
type Result =
  | { readonly result: 'pass'; readonly name: string }
  | { readonly result: 'fail' | 'permerror' | 'temperror' };

/**
 * Forward-confirmed reverse DNS: has the client's address a name, and does the name lead back to it? Told in
 * Authentication-Results as `iprev`, and, if the setting says so, who has none is refused at RCPT (550 5.7.25, RFC 7372 §3.3).
 */
export function iprev(lookUp: LookUp, { refuse, hostname, exempt }: Iprev): Policy {
  return (listener, { remoteAddress }) => {
    const reversed = reversedAddress(remoteAddress);
    if (listener !== 'smtp' || exempt(remoteAddress) || reversed === undefined) return {};
    let checked: Promise<Result> | undefined;
    const check = (): Promise<Result> => {
      checked ??= confirmed(lookUp, remoteAddress, reversed);
      return checked;
    };
    return {
      connect() {
        void check();
        return undefined;
      },
      ...(refuse && {
        async rcpt() {
          const { result } = await check();
          return result === 'fail' || result === 'permerror' ? refusals.noReverseName : undefined;
        },
      }),
      async traceFields() {
        const found = await check();
        const name = found.result === 'pass' ? ` (${found.name})` : '';
        const address = remoteAddress.includes(':') ? `"${remoteAddress}"` : remoteAddress;
        return `Authentication-Results: ${hostname};\r\n\tiprev=${found.result}${name} policy.iprev=${address}\r\n`;
      },
    };
  };
}

async function confirmed(lookUp: LookUp, address: string, reversed: string): Promise<Result> {
  const type = address.includes(':') ? 'AAAA' : 'A';
  const names = await lookUp.ask(`${reversed}.${type === 'A' ? 'in-addr' : 'ip6'}.arpa`, 'PTR');
  if (names === undefined) return { result: 'temperror' };
  if (names.length === 0) return { result: 'permerror' };
  let known = true;
  for (const name of names.slice(0, MAX_NAMES)) {
    const addresses = await lookUp.ask(name, type);
    known &&= addresses !== undefined;
    if (addresses?.some((each) => sameAddress(each, address)))
      return { result: 'pass', name: name.toLowerCase().replace(/[^a-z0-9._-]/g, '?') };
  }
  return { result: known ? 'fail' : 'temperror' };
}
