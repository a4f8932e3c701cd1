import { Agent } from 'node:https';
import { type Authorization, axios, Client, crypto } from 'acme-client';

/** For each request to the authority. Milliseconds. */
const REQUEST_MS = 30_000;
/** A directory, an order or a chain has some kilobytes. */
const MAX_RESPONSE_BYTES = 1_048_576;
/** How often a challenge and an order are looked at until they are decided, with growing pauses. */
const LOOKS = 12;
const LONGEST_PAUSE_MS = 15_000;

export type ChallengeType = 'http-01' | 'tls-alpn-01';

export interface AcmeOrder {
  readonly directory: string;
  /** By whom the directory's own certificate is made, PEM; undefined: the public authorities. */
  readonly directoryCa: string | undefined;
  /** PEM. */
  readonly accountKey: string;
  readonly email: string | undefined;
  readonly name: string;
  readonly challenge: ChallengeType;
  /** The first pause between two looks. Milliseconds. */
  readonly pauseMs: number;
  /** `response`: the key authorization (http-01), or a certificate and its key, PEM (tls-alpn-01). */
  answer(token: string, response: string): Promise<void>;
  done(token: string): Promise<void>;
}

export interface IssuedCertificate {
  /** PEM. */
  readonly chain: string;
  readonly key: string;
}

export async function newAccountKey(): Promise<string> {
  return (await crypto.createPrivateEcdsaKey('P-256')).toString();
}

/** RFC 8555: a new order, the challenge and the certificate, with a key of its own. Rejects with what the authority said. */
export async function orderCertificate(order: AcmeOrder): Promise<IssuedCertificate> {
  Object.assign(axios.defaults, {
    timeout: REQUEST_MS,
    maxContentLength: MAX_RESPONSE_BYTES,
    httpsAgent: new Agent(order.directoryCa === undefined ? {} : { ca: order.directoryCa }),
    // Whoever failed comes back after a pause of our own.
    acmeSettings: { retryMaxAttempts: 0, retryDefaultDelay: 1 },
  });
  const client = new Client({
    directoryUrl: order.directory,
    accountKey: order.accountKey,
    backoffAttempts: LOOKS,
    backoffMin: order.pauseMs,
    backoffMax: LONGEST_PAUSE_MS,
  });
  const [key, csr] = await crypto.createCsr(
    { altNames: [order.name] },
    await crypto.createPrivateEcdsaKey('P-256'),
  );
  const chain = await client.auto({
    csr,
    ...(order.email === undefined ? {} : { email: order.email }),
    termsOfServiceAgreed: true,
    challengePriority: [order.challenge],
    // We may not reach ourselves by the way that the authority takes.
    skipChallengeVerification: true,
    challengeCreateFn: async (authorization, { type, token }, keyAuthorization) =>
      order.answer(token, await responseTo(order, type, authorization, keyAuthorization)),
    challengeRemoveFn: (_authorization, { token }) => order.done(token),
  });
  return { chain, key: key.toString() };
}

async function responseTo(
  order: AcmeOrder,
  type: string,
  authorization: Authorization,
  keyAuthorization: string,
): Promise<string> {
  if (type !== order.challenge) throw new Error(`the authority does not offer ${order.challenge}`);
  if (type === 'http-01') return keyAuthorization;
  const [key, certificate] = await crypto.createAlpnCertificate(authorization, keyAuthorization);
  return `${certificate}\n${key}`;
}
