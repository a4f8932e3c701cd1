import { type JsonObject, SetError } from './method.ts';

/** RFC 6901 §3. */
const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/**
 * What a PatchObject (RFC 8620 §5.3) says of the members of one property: `keywords/$seen`, or all of `keywords`.
 * Throws `SetError`: invalidPatch, when one stands within another.
 */
export interface SetPatch {
  /** All members, when the property is set as a whole. */
  readonly replace?: JsonObject;
  /** Member to value, or null: it goes. */
  readonly members: ReadonlyMap<string, unknown>;
}

/** The patch by property. Paths are one level deep at most. */
export function readPatch(patch: JsonObject): Map<string, SetPatch | { readonly value: unknown }> {
  const properties = new Map<string, SetPatch | { readonly value: unknown }>();
  for (const [path, value] of Object.entries(patch)) {
    const [property = '', ...rest] = path.split('/').map(unescapeToken);
    const there = properties.get(property);
    if (rest.length > 1) throw invalid(path);
    if (rest.length === 0) {
      if (there !== undefined) throw invalid(path);
      properties.set(property, { value });
      continue;
    }
    if (there !== undefined && !('members' in there)) throw invalid(path);
    const members = new Map(there?.members ?? []);
    members.set(rest[0]!, value);
    properties.set(property, { members });
  }
  return properties;
}

const invalid = (path: string): SetError =>
  new SetError('invalidPatch', `${path.slice(0, 200)} cannot be patched`);
