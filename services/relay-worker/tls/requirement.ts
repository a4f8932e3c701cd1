/** RFC 8460 §4.3. */
export type ResultType =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'tlsa-invalid'
  | 'dnssec-invalid'
  | 'sts-policy-fetch-error'
  | 'sts-policy-invalid'
  | 'sts-webpki-invalid';

/** What does not hold of a connection's TLS. */
export interface TlsProblem {
  readonly type: ResultType;
  readonly text: string;
}

/** What the peer of a handshake showed. */
export interface Peer {
  /** Its own certificate first, DER. */
  readonly chain: readonly Buffer[];
  /** A certificate authority that we trust vouches for the host's name. */
  readonly authorized: boolean;
  /** Node's code for why not. */
  readonly unauthorized?: string;
}

export interface ReportedPolicy {
  /** RFC 8460 §4.4. */
  readonly type: 'tlsa' | 'sts' | 'no-policy-found';
  readonly domain: string;
  readonly lines: readonly string[];
  readonly mx: readonly string[];
}

/** What is asked of TLS with a host. */
export interface TlsRequirement {
  /** As it stands in the record of an attempt. */
  readonly name: 'dane' | 'mta-sts' | 'mta-sts testing' | 'dane without usable records' | 'route' | 'none';
  /** Without TLS for which `check` finds no problem nothing is sent. */
  readonly binding: boolean;
  /** For SNI and what authorities vouch for. */
  readonly servername: string;
  /** The policy itself says no to this host, whatever it shows: it is not among a policy's exchangers. */
  readonly excluded: TlsProblem | null;
  /** That mail for the domain goes to a host of this name is vouched for (RFC 8689 §4.2.1). */
  readonly nameVouched: boolean;
  check(peer: Peer): TlsProblem | null;
  readonly reported: ReportedPolicy | null;
}

/** What authorities find. */
export function authorityProblem({ authorized, unauthorized = 'no certificate' }: Peer): TlsProblem | null {
  if (authorized) return null;
  return { type: typeOf(unauthorized), text: `its certificate does not hold (${unauthorized})` };
}

function typeOf(code: string): ResultType {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'certificate-host-mismatch';
  if (code === 'CERT_HAS_EXPIRED') return 'certificate-expired';
  return 'certificate-not-trusted';
}

/** A route of the operator's asks for TLS with a certificate that holds. */
export function byRoute(servername: string): TlsRequirement {
  return {
    name: 'route',
    binding: true,
    servername,
    excluded: null,
    nameVouched: true,
    check: authorityProblem,
    reported: null,
  };
}

/** Opportunistic TLS (RFC 7435). */
export function opportunistic(
  servername: string,
  nameVouched: boolean,
  reported: ReportedPolicy | null,
): TlsRequirement {
  return {
    name: 'none',
    binding: false,
    servername,
    excluded: null,
    nameVouched,
    check: () => null,
    reported,
  };
}
