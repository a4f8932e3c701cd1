import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { System } from '../clients/system.ts';
import { type Client, messageFrame, openMailbox, openMessage } from './browser.ts';
import { hostileLetters } from './hostile-letters.ts';
import { imap, store } from './mail.ts';

/** Mail that wants to run, to ask, to post, to lead astray: opened one after the other, it does nothing. */
export function hostile(system: () => System, browser: () => Browser): void {
  describe('hostile mail', () => {
    const victim = 'victim@example.test';
    let client: Client;
    let tracker: Server;
    let hits: string[] = [];
    let letters: ReturnType<typeof hostileLetters>;

    before(async () => {
      await system().addAccounts(victim);
      tracker = createServer((request, response) => {
        hits.push(request.url ?? '');
        response.end();
      });
      await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
      letters = hostileLetters(`http://127.0.0.1:${(tracker.address() as AddressInfo).port}`);
      const mail = await imap(system(), victim);
      await store(mail, 'INBOX', ...letters);
      await mail.logout();
      // So high that each line of the list is drawn.
      client = await openMailbox(browser(), system(), victim, { height: 2_600 });
    });
    after(async () => {
      await client?.context.close();
      tracker?.close();
    });

    test('the tracker would notice', async () => {
      const { port } = tracker.address() as AddressInfo;
      await fetch(`http://127.0.0.1:${port}/noticed`);
      assert.deepEqual(hits, ['/noticed']);
      hits = [];
    });

    test('nothing runs, nothing is asked for, nothing is left of it', async () => {
      const { page } = client;
      const origin = new URL(page.url()).origin;
      for (const { subject } of letters) {
        await openMessage(page, subject);
        if (await page.locator('.html-frame').count()) {
          const frame = await messageFrame(page);
          const left = await frame.evaluate(
            ([forbidden, remote]) => {
              const wrong: string[] = [];
              for (const element of document.querySelectorAll('*')) {
                if (element.matches(forbidden!)) wrong.push(element.tagName);
                for (const { name, value } of element.attributes) {
                  if (/^on|^(?:srcdoc|formaction|ping|srcset|action)$/.test(name))
                    wrong.push(`${element.tagName} ${name}`);
                  if (/^(?:src|background|poster|data)$/.test(name) && value.includes(remote!))
                    wrong.push(`${name} ${value}`);
                  if (/javascript:|vbscript:|data:text/i.test(value) && name !== 'title')
                    wrong.push(`${name} ${value}`);
                }
              }
              return wrong;
            },
            [
              'script, form, input, button, select, textarea, iframe, frame, object, embed, applet, base, meta[http-equiv], link, svg, math, template, video, audio, dialog, portal',
              '127.0.0.1',
            ],
          );
          assert.deepEqual(left, [], subject);
          assert.equal(frame.url(), `${origin}/message-frame.html`);
        }
        assert.equal(new URL(page.url()).origin, origin);
        assert.match(await page.title(), /Cartero$/, subject);
        assert.equal(await page.evaluate(() => Object.keys(window).includes('owned')), false, subject);
        // The rest of the page is where it was, and can be used.
        assert.deepEqual(client.faults(), [], subject);
      }
      assert.deepEqual(hits, []);
      assert.equal(client.context.pages().length, 1);
    });

    test('an answer to it, and what is pasted from it, does nothing either', async () => {
      const { page } = client;
      await openMessage(page, 'Handlers');
      await page.keyboard.press('r');
      const editor = page.frameLocator('.rich-editor');
      await page.locator('.rich-editor[data-filled]').waitFor();
      assert.equal(await editor.locator('[onerror], [onload], script, svg').count(), 0);
      await page.getByRole('button', { name: 'Discard draft' }).click();
      assert.deepEqual([client.faults(), hits], [[], []]);
    });

    test('the page may only be what it says it is', async () => {
      const origin = `http://127.0.0.1:${system().ports.http}`;
      const policyOf = async (path: string) =>
        (await fetch(origin + path)).headers.get('content-security-policy') ?? '';
      const page = await policyOf('/');
      assert.doesNotMatch(page, /unsafe|https?:|\*/);
      for (const path of ['/message-frame.html', '/message-frame-remote.html']) {
        const frame = await policyOf(path);
        assert.match(frame, /^sandbox (?!.*allow-scripts)/);
        assert.doesNotMatch(frame, /script-src|allow-scripts|allow-forms|allow-top-navigation/);
        assert.match(frame, /default-src 'none'/);
      }
      assert.match(await policyOf('/message-frame.html'), /img-src blob: data:;/);
    });
  });
}
