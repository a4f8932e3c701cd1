import { reversedAddress } from '../../../shared/net/networks.ts';
import { reply } from '../../../shared/protocol/smtp/server-reply.ts';
import type { Logger } from '../../../shared/runtime/log.ts';
import type { Policy } from '../policy.ts';
import type { LookUp } from './look-up.ts';

export interface Dnsbl {
  /** `zen.example.org`, the first one that lists the client is named to it. */
  readonly zones: readonly string[];
  readonly exempt: (address: string) => boolean;
}

/**
 * Lists of addresses in the DNS (RFC 5782): a client that one of them has is refused at RCPT. They are asked when the client
 * connects; one that does not answer says nothing. `postmaster` takes mail from all (RFC 5321 §4.5.1): who is listed by
 * mistake can say so.
 */
export function dnsbl(lookUp: LookUp, log: Logger, { zones, exempt }: Dnsbl): Policy {
  const failing = new Set<string>();

  async function lists(zone: string, reversed: string): Promise<boolean> {
    const answers = (await lookUp.ask(`${reversed}.${zone}`, 'A')) ?? [];
    // What is not in 127.0.0.0/8 comes from a zone that was given up and answers anything.
    const codes = answers.filter((answer) => answer.startsWith('127.'));
    const errors = codes.filter((code) => code.startsWith('127.255.255.'));
    if (errors.length > 0 && !failing.has(zone)) {
      failing.add(zone);
      log.warn({ zone, answer: errors[0] }, 'a list of addresses does not answer questions from here');
    }
    return codes.length > errors.length;
  }

  return (listener, { remoteAddress }) => {
    const reversed = reversedAddress(remoteAddress);
    if (listener !== 'smtp' || exempt(remoteAddress) || reversed === undefined) return {};
    let listing: Promise<string | undefined> | undefined;
    const find = (): Promise<string | undefined> => {
      listing ??= Promise.all(zones.map((zone) => lists(zone, reversed))).then((listed) =>
        zones.find((_, at) => listed[at]),
      );
      return listing;
    };
    return {
      connect() {
        void find();
        return undefined;
      },
      async rcpt(_envelope, forwardPath) {
        if (/^postmaster(?:@|$)/i.test(forwardPath)) return undefined;
        const zone = await find();
        return zone === undefined
          ? undefined
          : reply(550, '5.7.1', `Your address ${remoteAddress} is listed by ${zone}`);
      },
    };
  };
}
