import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditReport, compare, type FoundMessage } from '../../../scripts/chaos/audit.ts';
import { type AccountBook, meet, openBook } from '../../../scripts/chaos/books.ts';
import { identify, makeLedger } from '../../../scripts/soak/ledger.ts';

const DOMAIN = 'chaos.test';
const ADDRESS = `a@${DOMAIN}`;
const CLEAN = { lost: 0, doubled: 0, undone: 0, wrong: 0, twiceUnanswered: 0, twicePutOff: 0 };

/** The run proves nothing unless its audit sees what is wrong: five messages, read and dealt with; then one thing is changed. */
function world() {
  const ledger = makeLedger('t');
  const book = openBook(ADDRESS);
  const [plain, flagged, moved, expunged, appended] = Array.from({ length: 5 }, () => {
    const mail = ledger.make([ADDRESS], 's@load.test');
    mail.entry.accepted = true;
    return mail;
  }) as [Mail, Mail, Mail, Mail, Mail];
  [plain, flagged, moved, expunged].forEach((mail, index) => {
    meet(book, ledger, { uid: index + 1, uidValidity: 7 }, identify(mail.bytes));
  });
  book.seen.get(2)!.deed = { what: 'flagged', answer: 'acknowledged' };
  book.seen.get(3)!.deed = { what: 'moved', answer: 'acknowledged' };
  book.seen.get(4)!.deed = { what: 'expunged', answer: 'acknowledged' };
  appended.entry.accepted = false;
  book.appended.set(appended.entry.messageId, 'acknowledged');
  const at = (mailbox: string, uid: number, mail: Mail, ...flags: string[]): FoundMessage => ({
    mailbox,
    uid,
    messageId: mail.entry.messageId,
    flags,
  });
  const found = [
    at('INBOX', 1, plain),
    at('INBOX', 2, flagged, '\\Flagged', '$Chaos'),
    at('Archive', 1, moved),
    at('Archive', 2, appended),
  ];
  return { ledger, book, found, at, plain, flagged, moved, expunged, appended };
}
type Mail = ReturnType<ReturnType<typeof makeLedger>['make']>;

function counts(made: ReturnType<typeof world>, unanswered = new Map<string, number>(), putOff = unanswered) {
  const report: AuditReport = compare(
    { books: [made.book], ledger: made.ledger, unanswered, putOff, domain: DOMAIN },
    new Map([[ADDRESS, made.found]]),
  );
  const { lost, doubled, undone, wrong, twiceUnanswered, twicePutOff } = report;
  const all = { lost, doubled, undone, wrong, twiceUnanswered, twicePutOff };
  return Object.fromEntries(Object.entries(all).map(([kind, lines]) => [kind, lines.length]));
}

const without = (made: ReturnType<typeof world>, mailbox: string, uid: number): void =>
  void made.found.splice(
    made.found.findIndex((one) => one.mailbox === mailbox && one.uid === uid),
    1,
  );

test('the books of a run agree with mailboxes in which all is well', () => {
  assert.deepEqual(counts(world()), CLEAN);
});

const wrongs: [
  what: string,
  break_: (made: ReturnType<typeof world>) => void,
  found: Partial<typeof CLEAN>,
][] = [
  ['a message that was read is gone', (made) => without(made, 'INBOX', 1), { lost: 2 }],
  ['a message nobody read is not there', (made) => void fresh(made), { lost: 1 }],
  [
    'a flag is gone',
    (made) => void made.found.splice(1, 1, made.at('INBOX', 2, made.flagged, '\\Flagged')),
    { undone: 1 },
  ],
  [
    'a moved message is in both',
    (made) => void made.found.push(made.at('INBOX', 3, made.moved)),
    { undone: 1, doubled: 1 },
  ],
  ['a moved message is in neither', (made) => without(made, 'Archive', 1), { lost: 2 }],
  [
    'an expunged one is back',
    (made) => void made.found.push(made.at('INBOX', 4, made.expunged)),
    { undone: 1, doubled: 1 },
  ],
  ['an appended one is gone', (made) => without(made, 'Archive', 2), { undone: 1 }],
  ['one is there twice', (made) => void made.found.push(made.at('INBOX', 5, made.plain)), { doubled: 1 }],
  [
    'a uid stands for another',
    (made) => void made.found.splice(0, 1, made.at('INBOX', 1, made.flagged)),
    { wrong: 1, lost: 1, doubled: 1 },
  ],
];

/** Accepted, and never seen. */
function fresh({ ledger }: ReturnType<typeof world>): void {
  ledger.make([ADDRESS], 's@load.test').entry.accepted = true;
}

for (const [what, break_, expected] of wrongs) {
  test(`found: ${what}`, () => {
    const made = world();
    break_(made);
    assert.deepEqual(counts(made), { ...CLEAN, ...expected });
  });
}

test('what was asked for and not acknowledged may be either way', () => {
  const made = world();
  for (const uid of [2, 3, 4]) made.book.seen.get(uid)!.deed!.answer = 'unknown';
  assert.deepEqual(counts(made), CLEAN);
  made.found.splice(1, 1, made.at('INBOX', 2, made.flagged));
  made.found.push(made.at('INBOX', 4, made.expunged));
  without(made, 'Archive', 1);
  made.found.push(made.at('INBOX', 3, made.moved));
  assert.deepEqual(counts(made), CLEAN);
});

test('twice is counted by its reason', () => {
  const made = world();
  made.found.push(made.at('INBOX', 5, made.plain));
  const once = new Map([[made.plain.entry.messageId, 1]]);
  assert.deepEqual(counts(made, once, new Map()), { ...CLEAN, twiceUnanswered: 1 });
  assert.deepEqual(counts(made, new Map(), once), { ...CLEAN, twicePutOff: 1 });
});

test("readers notice another's message, altered bytes, and uids that do not rise", () => {
  const ledger = makeLedger('r');
  const book: AccountBook = openBook(ADDRESS);
  const mine = ledger.make([ADDRESS], 's@load.test');
  const others = ledger.make([`b@${DOMAIN}`], 's@load.test');
  meet(book, ledger, { uid: 5, uidValidity: 1 }, identify(mine.bytes));
  assert.equal(book.wrong.length, 0);
  meet(book, ledger, { uid: 6, uidValidity: 1 }, identify(others.bytes));
  meet(book, ledger, { uid: 4, uidValidity: 1 }, identify(mine.bytes));
  meet(book, ledger, { uid: 5, uidValidity: 1 }, identify(others.bytes));
  mine.bytes[mine.bytes.length - 3] = 0x21;
  meet(book, ledger, { uid: 7, uidValidity: 2 }, identify(mine.bytes));
  assert.deepEqual(
    book.wrong.map((line) => line.split(':')[0]?.replace(/<.*>/, '<…>')),
    ["another's message", 'uid did not rise', 'uid stood for <…> before', 'UIDVALIDITY changed', 'altered'],
  );
});
