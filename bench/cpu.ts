import { readdirSync, readFileSync } from 'node:fs';

/** Linux's USER_HZ: the unit of times in /proc, 100 a second on every usual build. */
const MS_A_TICK = 10;

/** CPU of these process trees so far, milliseconds, with that of children that ended (proc_pid_stat(5)). */
export function treeCpuMs(roots: readonly number[]): number {
  const stats = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      stats.set(Number(name), { parent: Number(fields[1]), ticks });
    } catch {
      // It ended meanwhile; its parent has its time.
    }
  }
  const within = (pid: number): boolean => {
    for (let at = pid; at > 1; at = stats.get(at)?.parent ?? 0) if (roots.includes(at)) return true;
    return false;
  };
  let ticks = 0;
  for (const [pid, one] of stats) if (within(pid)) ticks += one.ticks;
  return ticks * MS_A_TICK;
}
