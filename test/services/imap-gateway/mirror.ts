import assert from 'node:assert/strict';
import type { ImapClient } from './imap-client.ts';

export interface Known {
  uid: number | undefined;
  /** Sorted, without \Recent. */
  flags: string | undefined;
}

/**
 * The mailbox as a client knows it from what it was told, and nothing else: it counts along and objects to whatever a
 * server must not say (RFC 3501 §7.4.1, RFC 7162 §3.2.10, RFC 9586 §3).
 */
export class Mirror {
  readonly name: string;
  readonly client: ImapClient;
  readonly uidOnly: boolean;
  messages: Known[] = [];
  highestModSeq = 0;
  uidValidity = 0;
  /** Uids that were \Recent here. */
  readonly recent = new Set<number>();
  #count = 0;

  constructor(name: string, client: ImapClient, uidOnly = false) {
    this.name = name;
    this.client = client;
    this.uidOnly = uidOnly;
  }

  get count(): number {
    return this.#count;
  }

  /** Uids it knows of. */
  get uids(): number[] {
    return this.messages.flatMap(({ uid }) => (uid === undefined ? [] : [uid]));
  }

  async select(parameters = ''): Promise<void> {
    await this.run(`SELECT INBOX${parameters}`);
  }

  /** `settled`: all up to now may be told during it, so that what it told of is all there was. */
  async run(command: string): Promise<string> {
    const settled = !/^(FETCH|STORE|SEARCH)/.test(command);
    const silent = /^UID STORE (\d+) ([+-])FLAGS\.SILENT \((.*)\)$/.exec(command);
    const { untagged, tagged } = await this.client.command(command);
    console.log(`${this.name}\n   > ${command}\n   < ${[...untagged, tagged].join('\n   < ')}`);
    assert.match(tagged, /^(OK|NO \[EXPUNGEISSUED\])/, `${this.name}: ${command} → ${tagged}`);
    if (silent !== null) this.#expect(Number(silent[1]), silent[2] === '+', silent[3]!);
    let seen = 0;
    for (const line of untagged) seen = Math.max(seen, this.#take(line, command, settled));
    const code = /\[HIGHESTMODSEQ (\d+)\]/.exec(tagged);
    if (settled) this.highestModSeq = Math.max(this.highestModSeq, seen, Number(code?.[1] ?? 0));
    return tagged;
  }

  /** Reads what an idling client is told until DONE is answered. */
  async idle(ms: number): Promise<void> {
    this.client.send('i IDLE\r\n');
    await this.client.until('+');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.client.send('DONE\r\n');
    const { untagged } = await this.client.until('i');
    let seen = 0;
    for (const line of untagged) seen = Math.max(seen, this.#take(line, 'IDLE', true));
    this.highestModSeq = Math.max(this.highestModSeq, seen);
  }

  #expect(uid: number, adds: boolean, flag: string): void {
    const known = this.messages.find((message) => message.uid === uid);
    if (known?.flags === undefined) return;
    const flags = new Set(known.flags.split(' ').filter(Boolean));
    if (adds) flags.add(flag);
    else flags.delete(flag);
    known.flags = [...flags].sort().join(' ');
  }

  /** Returns the MODSEQ that the line told. */
  #take(line: string, command: string, settled: boolean): number {
    const where = `${this.name}: ${command}: ${line}`;
    // What a listening client is told of the mailbox before comes in front of it.
    if (line.startsWith('* OK [CLOSED]')) {
      this.messages = [];
      this.#count = 0;
    }
    const vanished = /^\* VANISHED (\(EARLIER\) )?(.*)$/.exec(line);
    if (vanished !== null) {
      assert.ok(settled, where);
      const uids = new Set(numbersOf(vanished[2]!));
      const had = new Set(this.uids);
      this.messages = this.messages.filter(({ uid }) => uid === undefined || !uids.has(uid));
      if (vanished[1] === undefined) {
        this.#count -= uids.size;
        for (const uid of uids) if (!had.has(uid)) this.#forget(uid, where);
      }
      return 0;
    }
    const highest = /^\* OK \[HIGHESTMODSEQ (\d+)\]/.exec(line);
    if (highest !== null) return Number(highest[1]);
    const validity = /^\* OK \[UIDVALIDITY (\d+)\]/.exec(line);
    if (validity !== null) this.uidValidity = Number(validity[1]);
    const [, digits, word, rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH|UIDFETCH)(.*)$/s.exec(line) ?? [];
    const number = Number(digits);
    if (word === 'EXISTS') {
      assert.ok(number >= this.#count, `${where} with ${this.#count}`);
      this.#count = number;
      if (!this.uidOnly)
        while (this.messages.length < number) this.messages.push({ uid: undefined, flags: undefined });
    } else if (word === 'EXPUNGE') {
      assert.ok(settled && !this.uidOnly, where);
      assert.ok(number >= 1 && number <= this.#count, `${where} with ${this.#count}`);
      this.messages.splice(number - 1, 1);
      this.#count -= 1;
    } else if (word !== undefined) return this.#takeFetch(number, word, rest, where);
    return 0;
  }

  /** One whose uid was not told: it stands where the uid belongs. */
  #forget(uid: number, where: string): void {
    let below = 0;
    this.messages.forEach((message, at) => {
      if (message.uid !== undefined && message.uid < uid) below = at + 1;
    });
    const unknown = this.messages.findIndex((message, at) => at >= below && message.uid === undefined);
    if (unknown >= 0) this.messages.splice(unknown, 1);
    else assert.ok(this.uidOnly, where);
  }

  #takeFetch(number: number, word: string, rest: string, where: string): number {
    assert.equal(word === 'UIDFETCH', this.uidOnly, where);
    const uid = word === 'UIDFETCH' ? number : Number(/UID (\d+)/.exec(rest)?.[1] ?? 0) || undefined;
    let known: Known | undefined;
    if (this.uidOnly) {
      known = this.messages.find((message) => message.uid === uid);
      if (known === undefined) {
        known = { uid, flags: undefined };
        this.messages.push(known);
        this.messages.sort((one, other) => one.uid! - other.uid!);
      }
    } else {
      assert.ok(number >= 1 && number <= this.#count, `${where} with ${this.#count}`);
      known = this.messages[number - 1]!;
      if (uid !== undefined)
        assert.ok(known.uid === undefined || known.uid === uid, `${where}, but ${known.uid}`);
      known.uid ??= uid;
    }
    const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1];
    if (flags !== undefined) {
      const all = flags.split(' ').filter(Boolean);
      if (all.includes('\\Recent') && known.uid !== undefined) this.recent.add(known.uid);
      known.flags = all
        .filter((flag) => flag !== '\\Recent')
        .sort()
        .join(' ');
    }
    return Number(/MODSEQ \((\d+)\)/.exec(rest)?.[1] ?? 0);
  }
}

export function numbersOf(set: string): number[] {
  return set.split(',').flatMap((part) => {
    const [low, high = low] = part.split(':').map(Number);
    return Array.from({ length: high! - low! + 1 }, (_, at) => low! + at);
  });
}
