import { type Budget, type Plant, Violation, World } from './world.ts';

export interface Explored {
  readonly states: number;
  readonly paths: number;
  /** The choices that lead to what must not be, and what it is. */
  readonly violation: { readonly path: readonly string[]; readonly what: string } | undefined;
  /** Every state within the budget was seen. */
  readonly complete: boolean;
}

/**
 * All choices, those first that leave a path early. The code under test cannot be copied, so a path is walked again from
 * its beginning; a state seen before is not gone on from. At the end of each path everything gets well, and must then be well.
 */
export async function explore(budget: Budget, maxPaths: number, plant?: Plant): Promise<Explored> {
  const seen = new Set<string>();
  const open: string[][] = [[]];
  let paths = 0;
  while (paths < Math.min(open.length, maxPaths)) {
    const prefix = open[paths++]!;
    const path = [...prefix];
    try {
      const world = new World(budget, plant);
      await world.begin();
      for (const choice of prefix) await world.take(choice);
      for (;;) {
        const digest = world.digest();
        if (seen.has(digest)) break;
        seen.add(digest);
        const [next, ...others] = world.choices();
        for (const other of others) open.push([...path, other]);
        if (next === undefined) break;
        path.push(next);
        await world.take(next);
      }
      await world.finish();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return { states: seen.size, paths, violation: { path, what: error.message }, complete: false };
    }
  }
  return { states: seen.size, paths, violation: undefined, complete: paths === open.length };
}
