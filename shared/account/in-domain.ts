import { type RawBuilder, sql } from 'kysely';

/** Condition on `address`: it lies in the domain. No pattern, so nothing in a name needs escaping. */
export function inDomain(domain: string): RawBuilder<boolean> {
  const suffix = `@${domain}`;
  return sql<boolean>`right(address, ${[...suffix].length}::int) = ${suffix}`;
}
