import { OAuthBearerMechanism, XOAuth2Mechanism } from './bearer.ts';
import { ExternalMechanism } from './external.ts';
import { LoginMechanism } from './login.ts';
import type { SaslMechanism } from './mechanism.ts';
import { PlainMechanism } from './plain.ts';
import { type ChannelBinding, ScramMechanism, type ScramPrimitives } from './scram.ts';

/** What a connection can do just now, on which it depends which mechanisms work there. */
export interface SaslCircumstances {
  readonly primitives: ScramPrimitives;
  /** undefined: not over TLS, so there is nothing to bind to. */
  readonly binding: ChannelBinding | undefined;
  /** The OAuth 2.0 issuer whose tokens are taken; undefined: none. */
  readonly issuer: string | undefined;
  /** The client showed a certificate that may name an account. */
  readonly certificate: boolean;
  /** Those that may be used at all, in upper case; none: all of them. */
  readonly allowed?: readonly string[];
}

/** The mechanisms that work on a connection now. */
export interface SaslOffer {
  /** In the order in which they are advertised: `AUTH SCRAM-SHA-256 PLAIN LOGIN`, `AUTH=SCRAM-SHA-256 …`. */
  readonly names: readonly string[];
  /** A new exchange by its name in any letter case; undefined: not one of `names` (SMTP 504 5.5.4, IMAP NO, POP3 -ERR). */
  create(name: string): SaslMechanism | undefined;
  /** There is such a mechanism, and here it may not be used (SMTP 534 5.7.9). */
  tooWeak?(name: string): boolean;
}

export function offerMechanisms(circumstances: SaslCircumstances): SaslOffer {
  const { primitives, issuer, certificate } = circumstances;
  const binding = circumstances.binding ?? (() => undefined);
  const plusOffered = circumstances.binding !== undefined;
  const scram = (plus: boolean) => () => new ScramMechanism({ primitives, plus, plusOffered, binding });
  const offered = new Map<string, () => SaslMechanism>();
  if (plusOffered) offered.set('SCRAM-SHA-256-PLUS', scram(true));
  offered.set('SCRAM-SHA-256', scram(false));
  if (certificate) offered.set('EXTERNAL', () => new ExternalMechanism());
  if (issuer !== undefined) {
    offered.set('OAUTHBEARER', () => new OAuthBearerMechanism(issuer));
    offered.set('XOAUTH2', () => new XOAuth2Mechanism());
  }
  offered.set('PLAIN', () => new PlainMechanism());
  offered.set('LOGIN', () => new LoginMechanism());
  const { allowed = [] } = circumstances;
  const tooWeak = (name: string) => allowed.length > 0 && offered.has(name) && !allowed.includes(name);
  return {
    names: [...offered.keys()].filter((name) => !tooWeak(name)),
    create: (name) => (tooWeak(name.toUpperCase()) ? undefined : offered.get(name.toUpperCase())?.()),
    tooWeak: (name) => tooWeak(name.toUpperCase()),
  };
}
