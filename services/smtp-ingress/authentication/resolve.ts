import type { Resolver } from '../../../shared/net/resolver.ts';

/** What the library asks of a resolver: as `resolve` of `node:dns` answers. */
export type Resolve = (name: string, type: string) => Promise<string[][] | string[]>;

const ADDRESSES = ['A', 'AAAA', 'PTR'] as const;

class NoRecord extends Error {
  readonly code: 'ENOTFOUND' | 'ENODATA';
  constructor(name: string, exists: boolean) {
    super(`no such record of ${name}`);
    this.code = exists ? 'ENODATA' : 'ENOTFOUND';
  }
}

/** Rejects with `code` ENOTFOUND or ENODATA where there is no such record; with another error when that is not known. */
export function resolveBy(resolver: Resolver): Resolve {
  return async (name, type) => {
    const { records, exists } = await ask(resolver, name, type);
    if (records.length === 0) throw new NoRecord(name, exists);
    return records as string[];
  };
}

async function ask(
  resolver: Resolver,
  name: string,
  type: string,
): Promise<{ readonly records: readonly unknown[]; readonly exists: boolean }> {
  if (type === 'MX') {
    const { records, exists } = await resolver.ask(name, 'MX');
    return {
      records: records.map(({ preference, exchange }) => ({ priority: preference ?? 0, exchange })),
      exists,
    };
  }
  if (type === 'TXT') {
    const { records, exists } = await resolver.ask(name, 'TXT');
    return { records: records.map((text) => [text]), exists };
  }
  if (type === 'CNAME') return resolver.ask(name, 'CNAME');
  const known = ADDRESSES.find((one) => one === type);
  if (known === undefined) throw new Error(`DNS: records of type ${type} are not asked for`);
  return resolver.ask(name, known);
}
