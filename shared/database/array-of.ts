/** Element types that Postgres takes in binary, as the statement must cast the parameter: `$1::uuid[]`. */
export type ElementType = 'int2' | 'int4' | 'int8' | 'uuid' | 'text' | 'bytea' | 'bool';

const ELEMENT_TYPE = Symbol('element type');

/**
 * An array parameter that goes to Postgres in binary: neither side has to write and read it as text, which for bytes
 * is twice their size. It stays an ordinary array: wherever the mark is not known (PGlite, Kysely) it goes as text.
 */
export function arrayOf<Value>(type: ElementType, values: Value[]): Value[] {
  return Object.defineProperty(values, ELEMENT_TYPE, { value: type });
}

export function elementType(values: readonly unknown[]): ElementType | undefined {
  return (values as { [ELEMENT_TYPE]?: ElementType })[ELEMENT_TYPE];
}
