/**
 * Annotations (RFC 5464): values by entry name, of a mailbox or of the server, `/shared/…` for all, `/private/…` for each
 * account its own.
 */

/** Of one entry name, in bytes. */
export const MAX_ENTRY_NAME_BYTES = 255;
/** Of one value. The RFC asks for 1,024 at least. */
export const MAX_ANNOTATION_BYTES = 16_384;
/** Of one mailbox, shared ones or those of one account; both together, encoded, stay below the bus' payload limit. */
export const MAX_ANNOTATIONS = 100;
export const MAX_ANNOTATIONS_BYTES = 262_144;
/** Of all mailboxes of an account, whoever wrote them. */
export const MAX_ACCOUNT_ANNOTATIONS_BYTES = 8_388_608;

const SHARED = '/shared';
const PRIVATE = '/private';

/**
 * The stored form of an entry name: lower case, as names compare without case. Undefined when it is none. `whole`: it has to name
 * one entry, and not only what is above others.
 */
export function readEntryName(text: string, whole: boolean): string | undefined {
  const name = text.toLowerCase();
  const scoped = name === SHARED || name === PRIVATE ? !whole : /^\/(?:shared|private)\/./.test(name);
  const wellFormed = /^[\x21-\x7e ]*$/.test(name) && !/[*%]|\/\/|\/$/.test(name);
  return scoped && wellFormed && name.length <= MAX_ENTRY_NAME_BYTES ? name : undefined;
}

export function isPrivate(name: string): boolean {
  return name.startsWith(PRIVATE);
}

/** RFC 6154 §4: the special use of a mailbox as an annotation, for its owner. */
export const SPECIAL_USE_ENTRY = '/private/specialuse';
