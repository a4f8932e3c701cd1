import type { AliasTarget, Resolution } from './port.ts';

/** Recipients one forward-path may become; more is an attack or an accident, and is refused as a whole. */
export const MAX_ALIAS_TARGETS = 1_000;
/** Aliases that lead to aliases: deeper than anyone means. */
export const MAX_ALIAS_DEPTH = 20;

/** The alias leads to too many addresses or through too many aliases: a temporary error until someone mends it. */
export class AliasTooLarge extends Error {
  constructor(address: string) {
    super(
      `the alias ${address} expands to more than ${MAX_ALIAS_TARGETS} addresses or ${MAX_ALIAS_DEPTH} levels`,
    );
    this.name = 'AliasTooLarge';
  }
}

/** An alias to be expanded; `key`: the name under which it was found. */
export interface AliasStep {
  readonly kind: 'alias';
  readonly address: string;
  readonly key: string;
  readonly targets: readonly string[];
  /** The reverse-path of what goes to the targets, when the alias is a mailing list. */
  readonly listOwner?: string;
}

export type Step = Exclude<Resolution, { kind: 'alias' }> | AliasStep;
type LookUp = (address: string, path: ReadonlySet<string>) => Promise<Step>;

/**
 * Expands an alias level by level, so that each level is one query. Each alias is taken once, which cuts loops; where a loop
 * closes on an address that is also an account, the account gets the mail: `alice → alice, bob` keeps a copy. Targets
 * of ours that nobody has are dropped. Throws `AliasTooLarge`.
 */
export async function expandAlias(alias: AliasStep, lookUp: LookUp): Promise<AliasTarget[]> {
  const taken = new Set<string>();
  const targets = new Map<string, AliasTarget>();
  let level = [{ alias, path: new Set([alias.key]) }];
  for (let depth = 0; level.length > 0; depth += 1) {
    const asked = level.flatMap(({ alias: from, path }) =>
      from.targets.map((address) => ({ address, path, from })),
    );
    if (depth >= MAX_ALIAS_DEPTH || asked.length > MAX_ALIAS_TARGETS) throw new AliasTooLarge(alias.address);
    const steps = await Promise.all(asked.map(({ address, path }) => lookUp(address, path)));
    level = [];
    for (const [index, step] of steps.entries()) {
      if (step.kind === 'unknown') continue;
      const { path, from } = asked[index]!;
      if (step.kind !== 'alias') {
        const target = { ...step, via: from.address, ...(from.listOwner && { listOwner: from.listOwner }) };
        if (!targets.has(targetKey(step))) targets.set(targetKey(step), target);
      } else if (!taken.has(step.key)) {
        taken.add(step.key);
        // The innermost list that has an owner takes what comes back.
        const inner = step.listOwner
          ? step
          : { ...step, ...(from.listOwner && { listOwner: from.listOwner }) };
        level.push({ alias: inner, path: new Set(path).add(step.key) });
      }
    }
    if (targets.size > MAX_ALIAS_TARGETS) throw new AliasTooLarge(alias.address);
  }
  return [...targets.values()];
}

function targetKey(target: AliasTarget): string {
  return target.kind === 'account' ? `account ${target.account.accountId}` : `remote ${target.address}`;
}
