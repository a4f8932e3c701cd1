/**
 * Scripted dialogues. A transcript is a text file of lines like these; a number after the letter names one of several
 * connections (`C1:` `S1:`), opened when first used:
 *
 *   # a comment
 *   O: submission         open this connection to that listener (without it: the one the test names)
 *   C: EHLO c.test        send this line and CRLF; lines that follow each other go out in one write
 *   C-: half a li         send this without CRLF
 *   S: 250 mx.test        the next line is exactly this, …
 *   S: 250-SIZE *         … with `*` for anything, …
 *   S: /^250 [0-9]+$/     … or matches this; a named group becomes a variable
 *   S: ...                lines are passed over until the next expected one comes
 *   S: <closed>           the server closed the connection
 *   T:                    shake hands for TLS now
 *
 * `${name}` stands for a variable, in `C:` also `\r` `\n` `\t` `\0` `\xHH` and `\\` for octets.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Peer } from './peer.ts';

export interface Target {
  readonly addresses: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** Where a connection goes that no `O:` opened. */
  readonly listener: string;
  readonly variables?: Readonly<Record<string, string>>;
}

interface Step {
  readonly line: number;
  readonly kind: 'C' | 'C-' | 'S' | 'T' | 'O';
  readonly connection: string;
  readonly text: string;
}

const STEP = /^(C-|[CSTO])(\d*):(?: (.*))?$/;

/** The transcripts in a folder next to this file, by name. */
export function transcriptsIn(folder: string): { readonly name: string; readonly path: string }[] {
  const directory = join(import.meta.dirname, folder);
  return readdirSync(directory)
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .map((file) => ({ name: basename(file, '.txt'), path: join(directory, file) }));
}

/** Throws with file and line of the first thing that is not as written. */
export async function runTranscript(path: string, target: Target): Promise<void> {
  const run = new Run(target);
  try {
    for (const step of parse(path)) {
      await run.step(step).catch((error: Error) => {
        throw new Error(`${basename(path)}:${step.line}: ${error.message}`);
      });
    }
  } finally {
    run.close();
  }
}

function parse(path: string): Step[] {
  const steps: Step[] = [];
  for (const [i, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (text.trim() === '' || text.startsWith('#')) continue;
    const found = STEP.exec(text);
    if (!found) throw new Error(`${basename(path)}:${i + 1}: not a line of a transcript: ${text}`);
    steps.push({ line: i + 1, kind: found[1] as Step['kind'], connection: found[2]!, text: found[3] ?? '' });
  }
  return steps;
}

class Run {
  readonly #target: Target;
  readonly #variables: Record<string, string>;
  readonly #peers = new Map<string, Peer>();
  /** What is to be sent in one write, a connection. */
  readonly #unsent = new Map<Peer, string>();
  #passOver = false;

  constructor(target: Target) {
    this.#target = target;
    this.#variables = { ...target.variables };
  }

  async step(step: Step): Promise<void> {
    if (step.kind === 'O') {
      this.#open(step.connection, step.text.trim());
      return;
    }
    const peer = this.#peers.get(step.connection) ?? this.#open(step.connection, this.#target.listener);
    if (step.kind === 'C' || step.kind === 'C-') {
      const text = octets(this.#filled(step.text)) + (step.kind === 'C' ? '\r\n' : '');
      this.#unsent.set(peer, (this.#unsent.get(peer) ?? '') + text);
      return;
    }
    this.#send();
    if (step.kind === 'T') await peer.startTls();
    else if (step.text === '...') this.#passOver = true;
    else await this.#expect(peer, step.text);
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.close();
  }

  #open(connection: string, listener: string): Peer {
    const address = this.#target.addresses[listener];
    if (address === undefined) throw new Error(`there is no listener ${listener}`);
    const peer = new Peer(address.host, address.port);
    this.#peers.set(connection, peer);
    return peer;
  }

  #send(): void {
    for (const [peer, text] of this.#unsent) peer.send(text);
    this.#unsent.clear();
  }

  async #expect(peer: Peer, wanted: string): Promise<void> {
    const passOver = this.#passOver;
    this.#passOver = false;
    const pattern = wanted === '<closed>' ? undefined : this.#pattern(wanted);
    for (;;) {
      const line = await peer.line();
      const found = line === undefined ? undefined : pattern?.exec(line);
      if (line === undefined ? pattern === undefined : found) {
        Object.assign(this.#variables, found?.groups);
        return;
      }
      if (!passOver || line === undefined) throw new Error(`expected ${wanted}, got ${line ?? '<closed>'}`);
    }
  }

  #pattern(wanted: string): RegExp {
    const filled = this.#filled(wanted);
    if (filled.length > 1 && filled.startsWith('/') && filled.endsWith('/'))
      return new RegExp(filled.slice(1, -1));
    const literal = filled.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${literal.join('.*')}$`);
  }

  #filled(text: string): string {
    return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = this.#variables[name];
      if (value === undefined) throw new Error(`there is no variable ${name}`);
      return value;
    });
  }
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };

function octets(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([rnt0\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? ESCAPES[letter]! : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
