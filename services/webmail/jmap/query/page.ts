import { z } from 'zod';
import { MethodError } from '../method.ts';

/** Of every /query (RFC 8620 §5.5), beside filter and sort. */
export const pageArguments = {
  position: z.int().nullish(),
  anchor: z.string().max(255).nullish(),
  anchorOffset: z.int().nullish(),
  limit: z.int().min(0).nullish(),
  calculateTotal: z.boolean().nullish(),
};

export interface PageArguments {
  readonly position?: number | null;
  readonly anchor?: string | null;
  readonly anchorOffset?: number | null;
  readonly limit?: number | null;
}

/** Ids of one answer at most, when the client asks for more or does not say. */
export const MAX_LIMIT = 5_000;

interface List {
  readonly length: number;
  indexOf(id: string): number;
  slice(start: number, end: number): string[];
}

/** The part of the list that is asked for. `limit`: ours, where it is what ended the page. Throws `MethodError`: anchorNotFound. */
export function pageOf(list: List, page: PageArguments): { ids: string[]; position: number; limit?: number } {
  const start = startOf(list, page);
  const limit = Math.min(page.limit ?? MAX_LIMIT, MAX_LIMIT);
  const ids = list.slice(start, start + limit);
  const position = Math.min(start, list.length);
  const ours = limit < (page.limit ?? Number.MAX_SAFE_INTEGER) && start + limit < list.length;
  return {
    ids,
    position: ids.length === 0 && position === list.length ? 0 : position,
    ...(ours ? { limit } : {}),
  };
}

function startOf(list: List, { position, anchor, anchorOffset }: PageArguments): number {
  if (anchor != null) {
    const at = list.indexOf(anchor);
    if (at < 0) throw new MethodError('anchorNotFound');
    return Math.max(0, at + (anchorOffset ?? 0));
  }
  const asked = position ?? 0;
  return asked < 0 ? Math.max(0, list.length + asked) : asked;
}
