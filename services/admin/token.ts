import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../shared/runtime/config.ts';

export const TOKEN_FILE = 'admin-token';
const TOKEN_BYTES = 32;

/** The admin API's token: ADMIN_TOKEN, or what DATA_DIR/admin-token holds, made there on the first start, for its owner only (0600). */
export async function readOrMakeToken(config: Pick<Config, 'adminToken' | 'dataDir'>): Promise<string> {
  if (config.adminToken !== undefined) return config.adminToken;
  const path = join(config.dataDir, TOKEN_FILE);
  return (await readTokenFile(path)) ?? makeTokenFile(config.dataDir, path);
}

/** The token in a file; undefined when there is no such file or nothing in it. */
export async function readTokenFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Of replicas that start together on one directory, one makes the file; it never stands there half written. */
async function makeTokenFile(directory: string, path: string): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(directory, { recursive: true });
  await writeFile(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
    return token;
  } catch (cause) {
    const made = (cause as NodeJS.ErrnoException).code === 'EEXIST' ? await readTokenFile(path) : undefined;
    if (made === undefined) throw cause;
    return made;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Checks `Authorization: Bearer …` in constant time. */
export function createTokenCheck(token: string): (authorization: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}
