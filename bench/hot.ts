import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What V8 writes with --cpu-prof, as far as we read it. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds between the samples. */
  readonly timeDeltas: readonly number[];
}

export interface HotFunction {
  readonly name: string;
  readonly selfMs: number;
}

/** Time by function, its own alone, the hottest first; idle time and the start of the process are left out. */
export function hotFunctions(profile: CpuProfile, fromShare = 0): HotFunction[] {
  const names = new Map(
    profile.nodes.map(({ id, callFrame }) => {
      const file = callFrame.url
        .replace(/^file:\/\//, '')
        .replace(/^.*\/(node_modules|services|shared)\//, '$1/');
      return [id, `${callFrame.functionName || '(anonymous)'} ${file}:${callFrame.lineNumber + 1}`];
    }),
  );
  const total = profile.timeDeltas.reduce((sum, one) => sum + one, 0);
  const self = new Map<string, number>();
  let at = 0;
  profile.samples.forEach((id, index) => {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    const name = names.get(id) ?? '';
    if (at < total * fromShare || name.startsWith('(idle)') || name.startsWith('(root)')) return;
    self.set(name, (self.get(name) ?? 0) + delta / 1_000);
  });
  return [...self].map(([name, selfMs]) => ({ name, selfMs })).sort((a, b) => b.selfMs - a.selfMs);
}

export function readProfiles(directory: string): Map<string, CpuProfile> {
  return new Map(
    readdirSync(directory)
      .filter((name) => name.endsWith('.cpuprofile'))
      .map((name) => [name, JSON.parse(readFileSync(join(directory, name), 'utf8')) as CpuProfile]),
  );
}
