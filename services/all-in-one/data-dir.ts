import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * Takes DATA_DIR for this process: two on one embedded database would ruin it. Returns what gives it back.
 * Rejects with one clear line when it cannot be written or a living process holds it.
 */
export async function claimDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'cartero.pid');
  try {
    await makeDirectory(resolve(dataDir));
    await removeStale(path, dataDir);
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
  } catch (cause) {
    if (cause instanceof DataDirInUse) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new Error(`DATA_DIR ${resolve(dataDir)} cannot be used: ${reason}`);
  }
  return () => rm(path, { force: true });
}

/** Level by level: Node's recursive mkdir never returns where a level can be seen but not made (/proc/x). */
async function makeDirectory(path: string): Promise<void> {
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  await mkdir(path, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) return;
    throw there === undefined ? error : Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR' });
  });
}

class DataDirInUse extends Error {}

async function removeStale(path: string, dataDir: string): Promise<void> {
  let holder: number;
  try {
    holder = Number((await readFile(path, 'utf8')).trim());
  } catch {
    return;
  }
  if (holder !== process.pid && isAlive(holder)) {
    throw new DataDirInUse(`DATA_DIR ${resolve(dataDir)} is in use by process ${holder}`);
  }
  await rm(path, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
