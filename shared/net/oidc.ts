import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { TokenCheck } from '../account/port.ts';
import type { Config } from '../runtime/config.ts';

/** For each request to the issuer. Milliseconds. */
const DEADLINE_MS = 5_000;
/** A discovery document or key set has some kilobytes. */
const MAX_DOCUMENT_BYTES = 262_144;
/** Keys are read again after this, and before it when a token names one that is not there, every 30 s at most. */
const KEYS_MS = 600_000;
const COOLDOWN_MS = 30_000;
/** The issuer's clock may be off by so much. Seconds. */
const CLOCK_TOLERANCE_S = 30;
/** Signatures with a public key: a shared secret would let each who knows it make tokens. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** Access tokens that are signed JWTs of an OpenID Connect issuer (RFC 9068, OpenID Connect Discovery 1.0); undefined: none is set. */
export function createTokenCheck(
  config: Pick<Config, 'oidcIssuer' | 'oidcAudience' | 'oidcAccountClaim'>,
): TokenCheck | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcAccountClaim: accountClaim } = config;
  if (issuer === undefined || audience === undefined) return undefined;
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const currentKeys = (): Promise<JWTVerifyGetKey> => {
    keys ??= discoverKeys(issuer).catch((error: unknown) => {
      // Asked again with the next token.
      keys = undefined;
      throw error;
    });
    return keys;
  };
  return async (token) => {
    const getKey = await currentKeys();
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_S,
      });
      const address = payload[accountClaim];
      // An address that the issuer did not verify is anybody's to write.
      const claimed = accountClaim === 'email' && payload.email_verified === false;
      return typeof address === 'string' && !claimed ? address : undefined;
    } catch (error) {
      if (isAboutToken(error)) return undefined;
      throw error;
    }
  };
}

async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetchBounded(url, { signal: AbortSignal.timeout(DEADLINE_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const found = discovery.parse(await response.json());
  if (found.issuer !== issuer) throw new Error(`${url} is of the issuer ${found.issuer}`);
  return createRemoteJWKSet(new URL(found.jwks_uri), {
    timeoutDuration: DEADLINE_MS,
    cacheMaxAge: KEYS_MS,
    cooldownDuration: COOLDOWN_MS,
    [customFetch]: fetchBounded,
  });
}

/** A response of at most `MAX_DOCUMENT_BYTES`, read whole within the request's deadline. */
async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) throw new Error(`${url} sent more than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers });
}

/** What is wrong with the token itself; all else is the issuer's or the network's. */
function isAboutToken(error: unknown): boolean {
  return [
    errors.JWTClaimValidationFailed,
    errors.JWTExpired,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ].some((kind) => error instanceof kind);
}
