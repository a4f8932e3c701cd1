import type { Condition } from './condition.ts';
import type { TlsProblem } from './tls/requirement.ts';

/** No connection that could take mail. */
export class OpenFailure extends Error {
  readonly condition: Condition;
  /** The TLS handshake failed where TLS was not asked for: in clear it may work. */
  readonly handshake: boolean;
  /** It is for its TLS that this host gets nothing, or gets it in clear. */
  readonly problem: TlsProblem | null;
  /** Addresses of the host that are known not to answer. */
  readonly silent: readonly string[];
  /** Ours, when there was a connection. */
  readonly localAddress: string | undefined;

  constructor(
    condition: Condition,
    given: {
      readonly handshake?: boolean;
      readonly problem?: TlsProblem | null;
      readonly silent?: readonly string[];
      readonly localAddress?: string;
    } = {},
  ) {
    super(condition.reply);
    this.name = 'OpenFailure';
    this.condition = condition;
    this.handshake = given.handshake ?? false;
    this.problem = given.problem ?? null;
    this.silent = given.silent ?? [];
    this.localAddress = given.localAddress;
  }
}
