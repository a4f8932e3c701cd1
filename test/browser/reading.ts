import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { System } from '../clients/system.ts';
import { type Client, messageFrame, openMailbox, openMessage, row } from './browser.ts';
import { imap, letter, sendFromOutside, store } from './mail.ts';
import { PDF, PNG, WAV } from './parts.ts';

const MANY = 210;

/** Reading: the list, the kinds of parts that RFC 2046 knows, threads, search, new mail, other languages. */
export function reading(system: () => System, browser: () => Browser): void {
  describe('reading', () => {
    const reader = 'reader@example.test';
    let client: Client;

    before(async () => {
      await system().addAccounts(reader);
      const mail = await imap(system(), reader);
      await mail.mailboxCreate('Projects');
      await mail.mailboxCreate('Projects/Cartero');
      await mail.mailboxCreate('Many');
      const begin = Date.parse('2026-01-01T00:00:00Z');
      await store(
        mail,
        'INBOX',
        ...LETTERS.map((one, at) => ({ date: new Date(begin + at * 60_000), ...one })),
      );
      await store(mail, 'Projects/Cartero', { subject: 'In a mailbox within' });
      await Promise.all(
        [0, 1, 2].map(async (part) => {
          const one = part === 0 ? mail : await imap(system(), reader);
          for (let at = part; at < MANY; at += 3)
            await store(one, 'Many', {
              subject: `Number ${at}`,
              flags: ['\\Seen'],
              date: new Date(begin + at * 60_000),
            });
          if (part > 0) await one.logout();
        }),
      );
      await mail.logout();
      client = await openMailbox(browser(), system(), reader);
    });

    test('mail from a classic sender appears without a reload, and is read (the first case of the course)', async () => {
      const { page } = client;
      await row(page, 'A picture within').waitFor();
      await sendFromOutside(
        system(),
        reader,
        letter({ subject: 'From outside', to: reader, content: 'Sent over SMTP.\n' }),
      );
      await row(page, 'From outside').waitFor();
      await openMessage(page, 'From outside');
      assert.match(await page.locator('.plain').innerText(), /Sent over SMTP/);
      assert.equal(await page.title().then((title) => title.endsWith('Inbox · Cartero')), true);
    });

    test('HTML in a sandbox with its picture, those of other servers only when asked for', async () => {
      const { page } = client;
      await openMessage(page, 'A picture within');
      const frame = await messageFrame(page);
      await frame.locator('img[src^="blob:"]').waitFor();
      const width = await frame
        .locator('img')
        .first()
        .evaluate((image: unknown) => (image as { naturalWidth: number }).naturalWidth);
      assert.equal(width, 2);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.getByText('Show pictures').waitFor();
      assert.equal(
        asked.some((url) => url.includes('tracker')),
        false,
      );
      await page.getByRole('button', { name: 'Show pictures' }).click();
      await (await messageFrame(page)).locator('img[src*="tracker"]').waitFor();
      assert.equal(await page.locator('.html-frame').getAttribute('src'), '/message-frame-remote.html');
      assert.ok(asked.some((url) => url.includes('/tracker.png')));
    });

    test('plain text: quotes folded, links, format', async () => {
      const { page } = client;
      await openMessage(page, 'Plain with quotes');
      assert.doesNotMatch(await page.locator('.plain').innerText(), /quoted four/);
      await page.getByRole('button', { name: 'Show quoted text' }).click();
      assert.match(await page.locator('.plain').innerText(), /quoted four/);
      assert.equal(await page.locator('.plain a').getAttribute('href'), 'https://example.org/a_(b)');
    });

    test('mixed and parallel: text, picture, sound; a PDF beside it with a preview', async () => {
      const { page } = client;
      await openMessage(page, 'Mixed and parallel');
      await page.locator('.medium img').waitFor();
      await page.locator('.medium audio').waitFor();
      assert.equal(await page.locator('.plain').count(), 2);
      await page.getByRole('button', { name: 'Preview report.pdf' }).click();
      assert.match((await page.locator('iframe.pdf').getAttribute('src')) ?? '', /^blob:/);
      await page.keyboard.press('Escape');
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download report.pdf' }).click();
      assert.equal((await download).suggestedFilename(), 'report.pdf');
    });

    test('a message within opens in its place, those of a digest when asked', async () => {
      const { page } = client;
      await openMessage(page, 'A digest');
      const heads = page.locator('.enclosed-head');
      await heads.filter({ hasText: 'Second of the digest' }).click();
      assert.match(await page.locator('.enclosed-body .plain').innerText(), /two/);
      await openMessage(page, 'One within');
      await page.locator('.enclosed-body .plain', { hasText: 'The inner one' }).waitFor();
    });

    test('a body elsewhere is a link; parts of a message are joined when all are there', async () => {
      const { page } = client;
      await openMessage(page, 'Elsewhere');
      assert.equal(await page.locator('.notice a').getAttribute('href'), 'ftp://ftp.example/pub/x.ps');
      await openMessage(page, 'Part 1 of 2');
      await page.locator('.enclosed-body .plain', { hasText: 'first half and second half' }).waitFor();
      assert.equal(await page.locator('.enclosed-head').innerText(), 'The whole');
      await openMessage(page, 'Lone part');
      await page.getByText('1 of 3 are here').waitFor();
    });

    test('a thread is one line, and all of it is shown', async () => {
      const { page } = client;
      const line = row(page, 'Re: A thread');
      assert.equal(await line.locator('.row-count').innerText(), '3');
      await line.locator('.row-link').click();
      await page.locator('.message').nth(2).waitFor();
      await page.locator('.message-toggle').first().click();
      await page.locator('.plain', { hasText: 'Thread, the first' }).waitFor();
    });

    test('what is typed into the search field finds it', async () => {
      const { page } = client;
      const search = async (query: string, found: readonly string[]) => {
        await page.keyboard.press('/');
        await page.locator('#search').fill(query);
        await page.locator('#search').press('Enter');
        await page.locator('.list-pane h1', { hasText: query }).waitFor();
        await page.locator('.list[aria-busy=false]').waitFor({ state: 'attached' });
        await page.waitForFunction(
          (count) => document.querySelectorAll('.row-subject').length === count,
          found.length,
        );
        assert.deepEqual((await page.locator('.row-subject').allInnerTexts()).sort(), [...found].sort());
      };
      await search('subject:digest', ['A digest']);
      await search('in:projects/cartero', ['In a mailbox within']);
      await search('from:zoe@example.pl before:2026-06-01', ['Żółć']);
      await search('has:attachment subject:parallel', ['Mixed and parallel']);
      await search('unfindable', []);
      await page.getByText('Nothing found').waitFor();
    });

    test('a long list is drawn and loaded by the window', async () => {
      const { page } = client;
      let asked = 0;
      page.on('request', (request) => {
        if (request.postData()?.includes('Email/query')) asked++;
      });
      await page.getByRole('link', { name: 'Many' }).click();
      await row(page, `Number ${MANY - 1}`).waitFor();
      assert.equal(await page.locator('.row').first().getAttribute('aria-setsize'), String(MANY));
      assert.ok((await page.locator('.row').count()) < 40);
      await page.locator('.list-scroller').evaluate((list: unknown) => {
        const element = list as { scrollTop: number; scrollHeight: number };
        element.scrollTop = element.scrollHeight;
      });
      await row(page, 'Number 0').waitFor();
      assert.ok(asked <= 4, `${asked} pages were asked for`);
    });

    test('any charset, and names of any language', async () => {
      const { page } = client;
      await page.keyboard.press('g');
      await page.keyboard.press('i');
      await openMessage(page, 'Żółć');
      assert.match(await page.locator('.plain').innerText(), /zażółć gęślą jaźń/);
      assert.deepEqual(client.faults(), []);
      await client.close();
    });
  });
}

const related = `Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=utf-8

<h1>Hello</h1><img src="cid:one@x"><img src="http://127.0.0.1:9/tracker.png">
--b
Content-Type: image/png
Content-ID: <one@x>
Content-Transfer-Encoding: base64

${PNG}
--b--
`;

const mixed = `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Before the picture.
--b
Content-Type: multipart/parallel; boundary=c

--c
Content-Type: image/png
Content-Transfer-Encoding: base64

${PNG}
--c
Content-Type: audio/wav
Content-Transfer-Encoding: base64

${WAV}
--c--
--b
Content-Type: text/plain

After it.
--b
Content-Type: application/pdf; name=report.pdf
Content-Disposition: attachment; filename=report.pdf
Content-Transfer-Encoding: base64

${PDF}
--b--
`;

const digest = `Content-Type: multipart/digest; boundary=b

--b

Subject: First of the digest
From: a@example.org

one
--b

Subject: Second of the digest
From: b@example.org

two
--b--
`;

const within = `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See below.
--b
Content-Type: message/rfc822

Subject: Inner
From: a@example.org

The inner one
--b--
`;

const LETTERS = [
  { subject: 'A picture within', content: related },
  {
    subject: 'Plain with quotes',
    content: 'See https://example.org/a_(b).\n\n> quoted one\n> quoted two\n> quoted three\n> quoted four\n',
  },
  { subject: 'Mixed and parallel', content: mixed },
  { subject: 'A digest', content: digest },
  { subject: 'One within', content: within },
  {
    subject: 'Elsewhere',
    content:
      'Content-Type: message/external-body; access-type=anon-ftp; site=ftp.example; directory=pub; name=x.ps\n\nContent-Type: application/postscript\n\n',
  },
  {
    subject: 'Part 1 of 2',
    content:
      'Content-Type: message/partial; id="joined@x"; number=1; total=2\n\nSubject: The whole\nContent-Type: text/plain\n\nfirst half and ',
  },
  {
    subject: 'Part 2 of 2',
    content: 'Content-Type: message/partial; id="joined@x"; number=2; total=2\n\nsecond half\n',
  },
  { subject: 'Lone part', content: 'Content-Type: message/partial; id="lone@x"; number=2; total=3\n\nx\n' },
  {
    subject: '=?iso-8859-2?Q?=AF=F3=B3=E6?=',
    from: 'Zoe <zoe@example.pl>',
    content:
      'Content-Type: text/plain; charset=iso-8859-2\nContent-Transfer-Encoding: quoted-printable\n\nza=BF=F3=B3=E6 g=EA=B6l=B1 ja=BC=F1\n',
  },
  {
    subject: 'A thread',
    headers: 'X-Id: 0\nReferences: <t0@x>\n',
    content: 'Thread, the first.\n',
    flags: ['\\Seen'],
  },
  {
    subject: 'Re: A thread',
    headers: 'References: <t0@x> <t1@x>\n',
    content: 'Thread, the second.\n',
    flags: ['\\Seen'],
  },
  { subject: 'Re: A thread', headers: 'References: <t0@x> <t1@x> <t2@x>\n', content: 'Thread, the third.\n' },
];
