import type { DkimKey } from '../../../shared/account/dkim-keys.ts';

/** A resolver for mailauth that knows the records of these keys and no other. */
export function keyResolver(keys: readonly Pick<DkimKey, 'name' | 'record'>[]) {
  return async (name: string, type: string): Promise<string[][]> => {
    const key = keys.find((each) => each.name === name);
    if (type === 'TXT' && key) return [[key.record]];
    throw Object.assign(new Error(`no ${type} ${name}`), { code: 'ENOTFOUND' });
  };
}
