import { signal } from '@preact/signals';
import type { Id } from '../jmap/types.ts';
import { idsListed, positionOf, rowId } from './message-list.ts';

export const selected = signal<ReadonlySet<Id>>(new Set());
/** Where the keyboard stands. */
export const cursor = signal<Id | undefined>(undefined);
let anchor: Id | undefined;

export function toggle(id: Id, upToHere: boolean): void {
  const next = new Set(selected.value);
  const from = anchor === undefined ? -1 : positionOf(anchor);
  if (upToHere && from >= 0) {
    const to = positionOf(id);
    for (let at = Math.min(from, to); at <= Math.max(from, to); at++) {
      const one = rowId(at);
      if (one !== undefined) next.add(one);
    }
  } else if (!next.delete(id)) next.add(id);
  anchor = id;
  selected.value = next;
}

export function selectAll(): void {
  selected.value = new Set(idsListed());
}

export function selectNone(): void {
  anchor = undefined;
  if (selected.value.size > 0) selected.value = new Set();
}
