import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux's USER_HZ: the unit of times in /proc, 100 a second on every usual build. */
const MS_A_TICK = 10;

/** A tree of processes under one name. */
export interface Part {
  readonly name: string;
  readonly pid: number;
}

interface Stat {
  readonly command: string;
  readonly parent: number;
  readonly cpuMs: number;
}

/** CPU of each part so far with that of its children, also of those that ended (proc_pid_stat(5)). Milliseconds. */
export function cpuOf(parts: readonly Part[]): Map<string, number> {
  const spent = new Map<string, number>();
  const stats = allStats();
  const roots = new Map(parts.map(({ pid, name }) => [pid, name]));
  for (const [pid, stat] of stats) {
    const name = partOf(pid, stats, roots);
    if (name !== undefined) spent.set(name, (spent.get(name) ?? 0) + stat.cpuMs);
  }
  return spent;
}

/** Peak resident memory (VmHWM) of the largest process of each command in each part, MiB, since `resetPeaks`. */
export function peaksOf(parts: readonly Part[]): Map<string, number> {
  const peaks = new Map<string, number>();
  for (const [pid, name] of members(parts)) {
    const kib = Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
    peaks.set(name, Math.max(peaks.get(name) ?? 0, kib / 1024));
  }
  return peaks;
}

/** Peaks count anew from now on (proc_pid_clear_refs(5)); needs to own the processes. */
export function resetPeaks(parts: readonly Part[]): void {
  for (const [pid] of members(parts))
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // It ended meanwhile, or is another user's: its peak is then that of its whole life.
    }
}

function members(parts: readonly Part[]): [number, string][] {
  const stats = allStats();
  const roots = new Map(parts.map(({ pid, name }) => [pid, name]));
  return [...stats].flatMap(([pid, { command }]) => {
    const name = partOf(pid, stats, roots);
    if (name === undefined) return [];
    return [[pid, roots.has(pid) ? name : `${name}: ${command}`] as [number, string]];
  });
}

function partOf(
  pid: number,
  stats: ReadonlyMap<number, Stat>,
  roots: ReadonlyMap<number, string>,
): string | undefined {
  for (let at = pid; at > 1; at = stats.get(at)?.parent ?? 0) if (roots.has(at)) return roots.get(at);
  return undefined;
}

function allStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const text = read(`/proc/${name}/stat`);
    if (text === '') continue;
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const command = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    stats.set(Number(name), { command, parent: Number(fields[1]), cpuMs: ticks * MS_A_TICK });
  }
  return stats;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
