import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own size, so that it can be full. */
export interface SmallDisk {
  readonly path: string;
  fill(): void;
  empty(): void;
  unmount(): void;
}

const BLOCK = Buffer.alloc(1_048_576);

/** A tmpfs; undefined where this machine does not let us mount one. */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk | undefined {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', path], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  const balloon = join(path, 'balloon');
  return {
    path,
    fill() {
      const file = openSync(balloon, 'w');
      try {
        for (const size of [BLOCK.length, 4_096]) {
          try {
            for (;;) writeSync(file, BLOCK, 0, size);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(balloon, { force: true }),
    unmount() {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' });
    },
  };
}
