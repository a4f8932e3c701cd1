import { z } from 'zod';
import { CORE_LIMITS } from './limits.ts';
import { type Call, type JsonObject, MethodError, SetError } from './method.ts';

/** Of every /set (RFC 8620 §5.3). */
export const setArguments = {
  accountId: z.string(),
  ifInState: z.string().max(200).nullish(),
  create: z.record(z.string().max(255), z.record(z.string(), z.unknown())).nullish(),
  update: z.record(z.string().max(255), z.record(z.string(), z.unknown())).nullish(),
  destroy: z.array(z.string().max(255)).nullish(),
};

export interface SetArguments {
  readonly ifInState?: string | null;
  readonly create?: Readonly<Record<string, JsonObject>> | null;
  readonly update?: Readonly<Record<string, JsonObject>> | null;
  readonly destroy?: readonly string[] | null;
}

/** What became of the objects of a /set. */
export interface SetOutcome {
  readonly created: Record<string, JsonObject>;
  readonly updated: Record<string, JsonObject | null>;
  readonly destroyed: string[];
  readonly notCreated: Record<string, SetError>;
  readonly notUpdated: Record<string, SetError>;
  readonly notDestroyed: Record<string, SetError>;
}

export function newOutcome(): SetOutcome {
  return { created: {}, updated: {}, destroyed: [], notCreated: {}, notUpdated: {}, notDestroyed: {} };
}

/** Throws `MethodError`: requestTooLarge. Ids of objects made earlier in the request stand as `#creationId`. */
export function boundSet({ create, update, destroy }: SetArguments): void {
  const objects =
    Object.keys(create ?? {}).length + Object.keys(update ?? {}).length + (destroy?.length ?? 0);
  if (objects > CORE_LIMITS.maxObjectsInSet)
    throw new MethodError('requestTooLarge', `at most ${CORE_LIMITS.maxObjectsInSet} objects at once`);
}

/** `#creationId` as the id that it became; others as they are. */
export function resolveId(call: Call, id: string): string {
  return id.startsWith('#') ? (call.createdIds.get(id.slice(1)) ?? id) : id;
}

export function madeId(call: Call, creationId: string, id: string): void {
  call.createdIds.set(creationId, id);
}

/** The arguments of the response: what is empty is null. */
export function setResponse(
  accountId: string,
  states: { readonly oldState: string; readonly newState: string },
  outcome: SetOutcome,
): JsonObject {
  const orNull = (value: object): unknown => (Object.keys(value).length === 0 ? null : value);
  return {
    accountId,
    ...states,
    created: orNull(outcome.created),
    updated: orNull(outcome.updated),
    destroyed: outcome.destroyed.length === 0 ? null : outcome.destroyed,
    notCreated: orNull(outcome.notCreated),
    notUpdated: orNull(outcome.notUpdated),
    notDestroyed: orNull(outcome.notDestroyed),
  };
}

/** A SetError as it is; what else is thrown goes on. */
export function asSetError(error: unknown): SetError {
  if (error instanceof SetError) return error;
  throw error;
}

export function invalidProperties(properties: readonly string[], description?: string): SetError {
  return new SetError('invalidProperties', description, { properties });
}
