import { LoginMechanism } from './login.ts';
import type { SaslMechanism } from './mechanism.ts';
import { PlainMechanism } from './plain.ts';

const MECHANISMS: ReadonlyMap<string, () => SaslMechanism> = new Map<string, () => SaslMechanism>([
  ['PLAIN', () => new PlainMechanism()],
  ['LOGIN', () => new LoginMechanism()],
]);

/** Names in the order in which they are advertised (`AUTH PLAIN LOGIN`, `AUTH=PLAIN AUTH=LOGIN`). */
export const SASL_MECHANISMS: readonly string[] = [...MECHANISMS.keys()];

/** A new exchange by its name in any letter case; undefined: no such mechanism (SMTP 504 5.5.4, IMAP NO, POP3 -ERR). */
export function createMechanism(name: string): SaslMechanism | undefined {
  return MECHANISMS.get(name.toUpperCase())?.();
}
