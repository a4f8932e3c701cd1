import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerFields, headerLength } from '../../../shared/message/header.ts';
import { parseStructure, StructureParser } from '../../../shared/message/parser.ts';
import type { MessageStructure, PartStructure } from '../../../shared/message/structure.ts';
import { cutAtRandom, cutByByte, feed, random } from './cuts.ts';
import { randomMessage } from './random-message.ts';

function lineEnds(bytes: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at++) if (bytes[at] === 10) lines++;
  return lines;
}

/** Offsets are whole, nested and in order; lines are those of the body; the header says where it ends. */
function checkPart(bytes: Buffer, part: PartStructure, start: number, end: number): void {
  assert.ok(
    Number.isInteger(part.headerStart) && Number.isInteger(part.bodyStart) && Number.isInteger(part.bodyEnd),
  );
  assert.ok(start <= part.headerStart, 'begins in its parent');
  assert.ok(part.headerStart <= part.bodyStart && part.bodyStart <= part.bodyEnd, 'header before body');
  assert.ok(part.bodyEnd <= end, 'ends in its parent');
  assert.equal(part.lines, lineEnds(bytes, part.bodyStart, part.bodyEnd), 'lines');
  const header = bytes.subarray(part.headerStart, part.bodyStart);
  assert.equal(headerLength(header), header.length, 'all of the header is header');
  for (const field of headerFields(header)) assert.ok(field.end <= header.length);
  assert.equal(part.type === 'multipart', part.parts !== undefined);
  if (part.type === 'message' && part.subtype === 'rfc822') assert.ok(part.message);
  if (part.parts) {
    assert.ok(part.parts.length > 0);
    let from = part.bodyStart;
    for (const child of part.parts) {
      checkPart(bytes, child, from, part.bodyEnd);
      from = child.bodyEnd;
    }
  }
  if (part.message) {
    assert.equal(part.message.body.headerStart, part.bodyStart);
    assert.equal(part.message.body.bodyEnd, part.bodyEnd);
    checkPart(bytes, part.message.body, part.bodyStart, part.bodyEnd);
  }
}

function check(bytes: Buffer): MessageStructure {
  const structure = parseStructure(bytes);
  assert.equal(structure.size, bytes.length);
  assert.equal(structure.body.headerStart, 0);
  assert.equal(structure.body.bodyEnd, bytes.length);
  checkPart(bytes, structure.body, 0, bytes.length);
  return structure;
}

describe('broken MIME', () => {
  it('gives nested offsets in order, the same in all cuts', () => {
    for (let seed = 1; seed <= 2500; seed++) {
      const next = random(seed);
      const bytes = randomMessage(next);
      let expected: MessageStructure | undefined;
      try {
        expected = check(bytes);
        for (const pieces of [cutAtRandom(bytes, next, 2 + Math.floor(next() * 60)), cutByByte(bytes)]) {
          const parser = new StructureParser();
          feed(pieces, (piece) => parser.write(piece));
          assert.deepEqual(parser.end(), expected);
        }
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error });
      }
    }
  });

  it('reads random bytes', () => {
    const next = random(7);
    for (let round = 0; round < 300; round++) {
      check(Buffer.from(Array.from({ length: Math.floor(next() * 2000) }, () => Math.floor(next() * 256))));
    }
  });

  it('takes work that grows with the length only', () => {
    // Each of these takes minutes where the work grows with the square.
    const rows: Record<string, string> = {
      'delimiter-like lines under 99 multiparts':
        Array.from({ length: 99 }, (_, level) => {
          const boundary = `${'x'.repeat(900)}${level}`;
          return `Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\n`;
        }).join('') + `--${'x'.repeat(900)}\n`.repeat(5000),
      'lines without colon': 'x\n'.repeat(2_000_000),
      'a header of fields': 'a:b\n'.repeat(1_000_000),
      'a folded field': `Subject: x${'\n '.repeat(1_000_000)}\n\n`,
      'open quotes': `To: ${'"a '.repeat(80_000)}\n\n`,
      'open comments': `To: ${'(a '.repeat(80_000)}\nContent-Type: ${'('.repeat(60_000)}\n\n`,
      'open brackets': `To: ${'[a'.repeat(100_000)}\n\n`,
      'colons after an address': `To: ${'a '.repeat(60_000)}@b${':'.repeat(100_000)}\n\n`,
      angles: `To: ${'<'.repeat(200_000)}\nReferences: ${'<'.repeat(50_000)}\n\n`,
      'at signs': `To: ${'a@'.repeat(120_000)}\n\n`,
      parameters: `Content-Type: text/plain${';a*0'.repeat(60_000)}\n\n`,
      'open quoted parameter': `Content-Type: text/plain${';a="'.repeat(60_000)}\n\n`,
      backslashes: `Content-Type: text/plain;a="${'\\'.repeat(200_000)}\n\n`,
    };
    for (const [name, text] of Object.entries(rows)) {
      const started = performance.now();
      parseStructure(Buffer.from(text));
      assert.ok(performance.now() - started < 5000, name);
    }
  });
});
