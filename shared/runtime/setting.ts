import type { z } from 'zod';

export interface Setting<T> {
  readonly name: string;
  /** As it would be written in the environment; '' leaves it unset. */
  readonly default: string;
  readonly doc: string;
  readonly type: z.ZodType<T, string>;
}

export const setting = <T>(
  name: string,
  fallback: string,
  type: z.ZodType<T, string>,
  doc: string,
): Setting<T> => ({ name, default: fallback, doc, type });

export type Values<Table extends Record<string, Setting<unknown>>> = {
  -readonly [Key in keyof Table]: Table[Key] extends Setting<infer T> ? T : never;
};
