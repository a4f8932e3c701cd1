import { z } from 'zod';
import { CORE_LIMITS } from './limits.ts';
import { type JsonObject, MethodError } from './method.ts';

/** RFC 8620 §1.2. */
export const id = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'is no id');
export const unsignedInt = z.int().min(0);

/** The arguments as the schema wants them. Throws `MethodError`: invalidArguments. */
export function readArguments<T>(schema: z.ZodType<T>, args: JsonObject): T {
  const result = schema.safeParse(args);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('/');
  throw new MethodError(
    'invalidArguments',
    `${where ? `${where}: ` : ''}${issue?.message ?? 'wrong'}`.slice(0, 300),
  );
}

/** Of every /get (RFC 8620 §5.1). */
export const getArguments = {
  accountId: z.string(),
  ids: z.array(z.string().max(255)).nullish(),
  properties: z.array(z.string().max(300)).nullish(),
};

/** Of every /changes (RFC 8620 §5.2). */
export const changesArguments = {
  accountId: z.string(),
  sinceState: z.string().max(200),
  maxChanges: z.int().min(1).nullish(),
};

/** Throws `MethodError`: requestTooLarge. Each id once. */
export function boundIds(ids: readonly string[]): string[] {
  if (ids.length > CORE_LIMITS.maxObjectsInGet)
    throw new MethodError('requestTooLarge', `at most ${CORE_LIMITS.maxObjectsInGet} objects at once`);
  return [...new Set(ids)];
}

/** The object with these properties alone; its id in any case. Throws `MethodError` for one that no such object has. */
export function pickProperties(
  objects: readonly JsonObject[],
  wanted: readonly string[] | null | undefined,
  known: readonly string[],
): JsonObject[] {
  if (wanted == null) return [...objects];
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new MethodError('invalidArguments', `there is no property ${unknown.slice(0, 200)}`);
  const names = ['id', ...wanted];
  return objects.map((object) =>
    Object.fromEntries(
      names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, object[name]]),
    ),
  );
}
