import { accessSync, constants, globSync } from 'node:fs';
import { join } from 'node:path';

export class BinaryMissing extends Error {
  constructor(binary: string) {
    super(`${binary} is not installed (bash scripts/install-servers.sh installs it)`);
    this.name = 'BinaryMissing';
  }
}

/** The path of a server's executable, as distributions place it. Throws `BinaryMissing`. */
export function findBinary(name: string): string {
  const versioned = globSync(`/usr/lib/postgresql/*/bin/${name}`).sort((a, b) => version(b) - version(a));
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  const found = [...versioned, ...directories.map((directory) => join(directory, name))].find(executable);
  if (!found) throw new BinaryMissing(name);
  return found;
}

const version = (path: string): number => Number(path.split('/')[4]) || 0;

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
