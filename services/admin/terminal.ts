import { readFile } from 'node:fs/promises';

/** What `mailctl` reads from and writes to; tests give their own. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  out(text: string): void;
  err(text: string): void;
}

export const processTerminal: Terminal = {
  stdin: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** One clear line for whoever typed the command. */
export class Mistake extends Error {
  constructor(text: string, cause?: unknown) {
    super(text, { cause });
    this.name = 'Mistake';
  }
}

/** The command line asks for nothing that can be done. */
export class WrongUsage extends Mistake {}

/** Largest file or standard input read whole: an import of half a million accounts. */
const MAX_INPUT_BYTES = 64 * 1_048_576;

/** All of a file as text; `-` is standard input. */
export async function readInput(terminal: Terminal, path: string): Promise<string> {
  if (path === '-') return readAll(terminal);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Mistake(`cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`, cause);
  }
}

async function readAll({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > MAX_INPUT_BYTES) throw new Mistake(`standard input holds more than ${MAX_INPUT_BYTES} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A new password: typed twice and unseen at a terminal, else the first line of standard input. */
export async function readPassword(terminal: Terminal): Promise<string> {
  if (!terminal.stdin.isTTY) {
    const password = (await readAll(terminal)).split(/\r?\n/, 1)[0] ?? '';
    if (password === '') throw new Mistake('no password: give it on standard input');
    return password;
  }
  const password = await readUnseen(terminal, 'New password: ');
  if (password !== (await readUnseen(terminal, 'Once more: '))) throw new Mistake('the two passwords differ');
  return password;
}

const ENTER = /^[\r\n\u0004]$/;
const ERASE = /^[\b\u007f]$/;
const INTERRUPT = '\u0003';

function readUnseen(terminal: Terminal, prompt: string): Promise<string> {
  const { stdin } = terminal;
  terminal.err(prompt);
  stdin.setRawMode?.(true);
  stdin.resume();
  return new Promise((resolve, reject) => {
    const typed: string[] = [];
    const finish = (settle: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode?.(false);
      stdin.pause();
      terminal.err('\n');
      settle();
    };
    const onData = (chunk: Buffer | string) => {
      for (const character of chunk.toString('utf8')) {
        if (ENTER.test(character)) return finish(() => resolve(typed.join('')));
        if (character === INTERRUPT) return finish(() => reject(new Mistake('interrupted')));
        if (ERASE.test(character)) typed.pop();
        else typed.push(character);
      }
    };
    stdin.on('data', onData);
  });
}
