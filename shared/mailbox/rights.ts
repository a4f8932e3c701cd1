import { Flag, type FlagSet } from './types.ts';

/** Letters of RFC 4314 §2.1, each once, in the order of `ALL_RIGHTS`. */
export type Rights = string;

export const ALL_RIGHTS: Rights = 'lrswipkxtea';

/** RFC 4314 §2.1.1: what `c` and `d` of older clients stand for. */
const CREATE: Rights = 'kx';
const DELETE: Rights = 'te';

/** Rights as a client writes them, `c` and `d` included; undefined: a letter that is no right. */
export function readRights(text: string): Rights | undefined {
  const given = new Set(text.replaceAll('c', CREATE).replaceAll('d', DELETE));
  const rights = [...ALL_RIGHTS].filter((right) => given.delete(right)).join('');
  return given.size === 0 ? rights : undefined;
}

/** For a response: with `c` and `d` where one of their members is there. */
export function tellRights(rights: Rights): string {
  return rights + (hasAny(rights, CREATE) ? 'c' : '') + (hasAny(rights, DELETE) ? 'd' : '');
}

export function addRights(rights: Rights, more: Rights): Rights {
  return [...ALL_RIGHTS].filter((right) => rights.includes(right) || more.includes(right)).join('');
}

export function removeRights(rights: Rights, less: Rights): Rights {
  return [...rights].filter((right) => !less.includes(right)).join('');
}

export function hasAny(rights: Rights, wanted: Rights): boolean {
  return [...wanted].some((right) => rights.includes(right));
}

export function hasAll(rights: Rights, wanted: Rights): boolean {
  return [...wanted].every((right) => rights.includes(right));
}

/** Which flags may be changed. */
export interface ChangeableFlags {
  /** Bits of `Flag`. */
  readonly system: number;
  readonly keywords: boolean;
}

/** RFC 4314 §4: \Seen wants `s`, \Deleted `t`, all others `w`. */
export function changeableFlags(rights: Rights): ChangeableFlags {
  const others = Flag.Answered | Flag.Flagged | Flag.Draft;
  const system =
    (rights.includes('s') ? Flag.Seen : 0) |
    (rights.includes('t') ? Flag.Deleted : 0) |
    (rights.includes('w') ? others : 0);
  return { system, keywords: rights.includes('w') };
}

export function onlyChangeable(flags: FlagSet, changeable: ChangeableFlags): FlagSet {
  return {
    system: flags.system & changeable.system,
    keywords: changeable.keywords ? flags.keywords : [],
  };
}
