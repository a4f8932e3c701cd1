import { CompiledQuery } from 'kysely';

/** A statement with numbered parameters, to be run by Kysely (`executeQuery`) inside a transaction. */
export function rawQuery(text: string, parameters: readonly unknown[]): CompiledQuery {
  return CompiledQuery.raw(text, [...parameters]);
}
