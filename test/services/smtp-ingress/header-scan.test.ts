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

const OWN = 'mail.example.test';

/** Values of Authentication-Results that claim to be ours, and that do not. */
const CLAIMS: readonly { value: string; ours: boolean }[] = [
  { value: ` ${OWN}; spf=pass`, ours: true },
  { value: `${OWN};none`, ours: true },
  { value: ' MAIL.Example.TEST 1; none', ours: true },
  { value: `\r\n\t${OWN};\r\n dmarc=pass header.from=x`, ours: true },
  { value: ` (a \\) ;(nested) comment\r\n ) ${OWN}; x=y`, ours: true },
  { value: ` "mail.\\example.test" ; x=y`, ours: true },
  { value: ` ${OWN}`, ours: true },
  { value: ` ${OWN}.; x=y`, ours: true },
  { value: ` ${OWN}(by us); x=y`, ours: true },
  { value: ` ${OWN}\r\n ; x=y`, ours: true },
  { value: ` (${'c'.repeat(5_000)}) elsewhere.example; x=y`, ours: true },
  { value: ` mx.elsewhere.example; spf=pass\r\n smtp.mailfrom=${OWN}`, ours: false },
  { value: ` (${OWN}) mx.elsewhere.example; spf=pass`, ours: false },
  { value: ` x${OWN}; spf=pass`, ours: false },
  { value: ` ${OWN}.elsewhere.example; spf=pass`, ours: false },
  { value: ` "${OWN} "; spf=pass`, ours: false },
  { value: `; ${OWN}; spf=pass`, ours: false },
  { value: '', ours: false },
  { value: '\r\n ', ours: false },
];

test('header scan: Authentication-Results that claim to be ours never survive, others do', () => {
  for (const { value, ours } of CLAIMS) {
    for (const name of ['Authentication-Results', 'AUTHENTICATION-RESULTS', 'authentication-results \t']) {
      const field = `${name}:${value}\r\n`;
      for (const [before, after] of [
        ['A: b\r\n', 'C: d\r\n\r\nAuthentication-Results: mail.example.test; body=pass\r\n'],
        ['', '\r\nbody'],
        ['A: b\r\n', ''],
        ['A: b\r\n', 'no field\r\n'],
        [field, field],
      ]) {
        const message = `${before}${field}${after}`;
        for (const pieces of cuts(Buffer.from(message))) {
          const scan = new HeaderScan(() => ADDED, OWN);
          const out = [...pieces.flatMap((piece) => scan.read(piece)), ...scan.end()];
          const plain = new HeaderScan(() => ADDED);
          const rest = message.replaceAll(field, ours ? '' : field);
          const expected = [...plain.read(Buffer.from(rest)), ...plain.end()];
          assert.equal(Buffer.concat(out).toString(), Buffer.concat(expected).toString(), field);
        }
      }
    }
  }
});

test('header scan: forged fields among random ones are found in any cuts', () => {
  let state = 11;
  const draw = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  for (let round = 0; round < 300; round++) {
    let message = '';
    let expected = '';
    for (let field = draw(6); field >= 0; field--) {
      const claim = CLAIMS[draw(CLAIMS.length)]!;
      const other = [
        'A: b\r\n',
        'Long:\r\n x\r\n\ty\r\n',
        'ARC-Authentication-Results: i=1; mail.example.test\r\n',
      ][draw(3)]!;
      const text = draw(2) === 0 ? `Authentication-Results:${claim.value}\r\n` : other;
      message += text;
      if (text === other || !claim.ours) expected += text;
    }
    const bytes = Buffer.from(`${message}\r\nbody`);
    for (const pieces of cuts(bytes, round + 1)) {
      const scan = new HeaderScan(() => '', OWN);
      // As a socket's buffers: written over once they were handled.
      const out = pieces.flatMap((piece) => {
        const own = Buffer.from(piece);
        const kept = scan.read(own).map((part) => Buffer.from(part));
        own.fill(0);
        return kept;
      });
      assert.equal(Buffer.concat([...out, ...scan.end()]).toString(), `${expected}\r\nbody`);
    }
  }
});
