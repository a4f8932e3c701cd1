import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A message in a Maildir. `flags`: the letters of its file name, sorted. */
export interface MaildirMessage {
  readonly path: string;
  readonly text: string;
  readonly flags: string;
}

const FLAGS = /:2,([A-Za-z]*)$/;

/** All messages of a Maildir, lines ended by CRLF as they are in mail; none where there is no such directory. */
export async function readMaildir(directory: string): Promise<MaildirMessage[]> {
  const found: MaildirMessage[] = [];
  for (const folder of ['new', 'cur']) {
    for (const file of await readdir(join(directory, folder)).catch(() => [])) {
      const path = join(directory, folder, file);
      const text = (await readFile(path, 'utf8')).replace(/\r?\n/g, '\r\n');
      found.push({ path, text, flags: [...(FLAGS.exec(file)?.[1] ?? '')].sort().join('') });
    }
  }
  return found.sort((a, b) => (a.text < b.text ? -1 : 1));
}

/** The message whose text has `part`, once. */
export async function findInMaildir(directory: string, part: string): Promise<MaildirMessage> {
  const found = (await readMaildir(directory)).filter(({ text }) => text.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} messages with ${part} in ${directory}`);
  return found[0]!;
}

export async function setFlags(directory: string, part: string, flags: string): Promise<void> {
  const { path } = await findInMaildir(directory, part);
  const name = path.slice(path.lastIndexOf('/') + 1).replace(FLAGS, '');
  await rename(path, join(directory, 'cur', `${name}:2,${flags}`));
}

export async function removeFrom(directory: string, part: string): Promise<void> {
  await rm((await findInMaildir(directory, part)).path);
}

export async function addTo(directory: string, name: string, text: string): Promise<void> {
  await makeMaildir(directory);
  await writeFile(join(directory, 'cur', `${name}:2,S`), text.replaceAll('\r\n', '\n'));
}

export async function makeMaildir(directory: string): Promise<void> {
  for (const folder of ['new', 'cur', 'tmp']) await mkdir(join(directory, folder), { recursive: true });
}
