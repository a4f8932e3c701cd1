import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderScan } from '../../../services/smtp-ingress/header-scan.ts';
import { cuts } from '../../shared/protocol/smtp/cuts.ts';

const ADDED = 'Added: x\r\n';
const longName = 'x'.repeat(1_200);

const ROWS: readonly { name: string; message: string; stored: string; received?: number; seen?: string }[] = [
  { name: 'header and body', message: 'A: b\r\n\r\nbody\r\n', stored: `A: b\r\n${ADDED}\r\nbody\r\n` },
  { name: 'no header', message: '\r\nbody\r\n', stored: `${ADDED}\r\nbody\r\n` },
  { name: 'neither header nor blank line', message: 'hi\r\n', stored: `${ADDED}\r\nhi\r\n` },
  {
    name: 'a sentence with a colon later on',
    message: 'hi there: you\r\n',
    stored: `${ADDED}\r\nhi there: you\r\n`,
  },
  {
    name: 'no blank line after the header',
    message: 'A: b\r\nhi there\r\nC: d\r\n',
    stored: `A: b\r\n${ADDED}\r\nhi there\r\nC: d\r\n`,
  },
  { name: 'header only', message: 'A: b\r\n', stored: `A: b\r\n${ADDED}` },
  { name: 'empty', message: '', stored: ADDED },
  {
    name: 'folded',
    message: 'A: b\r\n c: d\r\n\tReceived: no\r\nE: f\r\n\r\n',
    stored: `A: b\r\n c: d\r\n\tReceived: no\r\nE: f\r\n${ADDED}\r\n`,
  },
  { name: 'a folded line first', message: ' x\r\nA: b\r\n\r\n', stored: `${ADDED}\r\n x\r\nA: b\r\n\r\n` },
  {
    name: 'fields in any case, blanks before the colon',
    message: 'DATE : x\r\nmessage-Id:\r\n\r\n',
    stored: `DATE : x\r\nmessage-Id:\r\n${ADDED}\r\n`,
    seen: 'date id',
  },
  {
    name: 'From, and what only looks like it',
    message: 'Resent-From: a@b\r\nfROM:\r\n\r\n',
    stored: `Resent-From: a@b\r\nfROM:\r\n${ADDED}\r\n`,
    seen: 'from',
  },
  {
    name: 'no From',
    message: 'Resent-From: a@b\r\nX-From: c\r\n\r\nFrom: d\r\n',
    stored: `Resent-From: a@b\r\nX-From: c\r\n${ADDED}\r\nFrom: d\r\n`,
  },
  {
    name: 'fields of the body do not count',
    message: 'A: b\r\n\r\nDate: x\r\nReceived: y\r\n',
    stored: `A: b\r\n${ADDED}\r\nDate: x\r\nReceived: y\r\n`,
  },
  {
    name: 'Received is counted',
    message: 'Received: a\r\n by b\r\nreceived: c\r\nReceived-SPF: d\r\n\r\n',
    stored: `Received: a\r\n by b\r\nreceived: c\r\nReceived-SPF: d\r\n${ADDED}\r\n`,
    received: 2,
  },
  {
    name: 'a line too long for a field name',
    message: `${longName}: x\r\n`,
    stored: `${ADDED}\r\n${longName}: x\r\n`,
  },
  {
    name: 'an mbox line',
    message: 'From a@b Mon\r\nA: b\r\n\r\n',
    stored: `${ADDED}\r\nFrom a@b Mon\r\nA: b\r\n\r\n`,
  },
];

for (const { name, message, stored, received = 0, seen = '' } of ROWS) {
  test(`header scan: ${name}`, () => {
    for (const pieces of cuts(Buffer.from(message))) {
      const scan = new HeaderScan(() => ADDED);
      const out = [...pieces.flatMap((piece) => scan.read(piece)), ...scan.end()];
      assert.equal(Buffer.concat(out).toString(), stored);
      assert.equal(scan.received, received);
      assert.equal(
        [scan.hasDate && 'date', scan.hasMessageId && 'id', scan.hasFrom && 'from'].filter(Boolean).join(' '),
        seen,
      );
    }
  });
}
