import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseImapUrl } from '../../../../shared/protocol/imap/url.ts';

const whole = { path: [], text: null, fields: [] };
const url = { server: null, mailbox: 'INBOX', uidValidity: null, uid: 20, section: whole, partial: null };

const GOOD: readonly (readonly [string, object])[] = [
  ['/INBOX/;UID=20', url],
  ['/inbox;uid=20', url],
  [';UID=20', { ...url, mailbox: null }],
  [
    '/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER',
    { ...url, mailbox: 'Drafts', uidValidity: 385759045, section: { ...whole, text: 'HEADER' } },
  ],
  ['/INBOX/;UID=20/;SECTION=1.2.MIME', { ...url, section: { path: [1, 2], text: 'MIME', fields: [] } }],
  [
    '/INBOX/;UID=20/;SECTION=HEADER.FIELDS%20(From%20%22To%22)/;PARTIAL=0.1024',
    {
      ...url,
      section: { path: [], text: 'HEADER.FIELDS', fields: ['From', 'To'] },
      partial: { offset: 0, count: 1024 },
    },
  ],
  ['/INBOX/;UID=20/;PARTIAL=7', { ...url, partial: { offset: 7, count: Number.MAX_SAFE_INTEGER } }],
  ['/Gr%C3%BC%C3%9Fe/a%20b/;UID=20', { ...url, mailbox: 'Grüße/a b' }],
  ['imap://michael@minbari.org/INBOX/;UID=20', { ...url, server: { user: 'michael', host: 'minbari.org' } }],
  ['imap://a%40b;AUTH=*@c:143/INBOX/;UID=20', { ...url, server: { user: 'a@b', host: 'c' } }],
  ['IMAP://minbari.org/INBOX/;UID=20', { ...url, server: { user: null, host: 'minbari.org' } }],
];

const BAD: readonly string[] = [
  '',
  '/',
  '/INBOX',
  '/;UID=1',
  '/INBOX/;UID=0',
  '/INBOX/;UID=x',
  '/INBOX/;UID=99999999999',
  '/INBOX/;UID=20/;SECTION=NONSENSE',
  '/INBOX/;UID=20/;SECTION=1]x[',
  '/INBOX/;UID=20/;SECTION=%ff',
  '/IN%zzBOX/;UID=20',
  '/INBOX/;UID=20/;PARTIAL=.5',
  '/INBOX/;UID=20;URLAUTH=anonymous:INTERNAL:00',
  '/INBOX?SUBJECT%20x',
  'http://minbari.org/INBOX/;UID=20',
  'imap://minbari.org',
  'imap://minbari.org;UID=20',
  'INBOX/;UID=20',
];

describe('IMAP URLs', () => {
  for (const [text, expected] of GOOD)
    test(text, () => {
      assert.deepEqual(parseImapUrl(text), expected);
    });

  for (const text of BAD)
    test(`names nothing: ${text}`, () => {
      assert.equal(parseImapUrl(text), null);
    });

  test('takes work that grows with the length only', () => {
    const started = performance.now();
    for (const piece of ['/', ';', ';UID=1', ';SECTION=', '%', '@', ':', '/a;UIDVALIDITY=1'])
      assert.equal(parseImapUrl(`/${piece.repeat(8_192 / piece.length)}x`), null);
    for (const piece of ['@', ';AUTH=', ':1'])
      parseImapUrl(`imap://${piece.repeat(8_192 / piece.length)}/INBOX/;UID=20`);
    assert.ok(performance.now() - started < 1_000);
  });
});
