import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import type { System } from '../clients/system.ts';
import { type Client, logIn, openClient, openMessage, row } from './browser.ts';
import { imap, store } from './mail.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** WCAG 2.2 AA, as far as axe can tell, on every page, in light and dark, wide and narrow. */
export function accessible(system: () => System, browser: () => Browser): void {
  describe('axe finds nothing', () => {
    const everyone = 'everyone@example.test';
    let client: Client;

    before(async () => {
      await system().addAccounts(everyone);
      const mail = await imap(system(), everyone);
      await store(
        mail,
        'INBOX',
        { subject: 'Plain', content: 'Hello https://example.org\n\n> a\n> b\n> c\n> d\n', flags: ['\\Seen'] },
        {
          subject: 'Rich',
          content: 'Content-Type: text/html\n\n<p>Hello</p><img src="http://127.0.0.1:9/x.png">\n',
        },
      );
      await mail.logout();
      client = await openClient(browser(), system());
      // Axe is a script of ours, which the page's policy does not know.
      await client.page.locator('input[name=username]').waitFor();
    });
    after(() => client?.context.close());

    const check = async (page: Page, where: string): Promise<void> => {
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        const session = await page.context().newCDPSession(page);
        await session.send('Page.setBypassCSP', { enabled: true });
        await page.evaluate(await axeSource());
        const { violations } = (await page.evaluate(
          (runOnly) =>
            (
              window as unknown as { axe: { run(where: unknown, options: unknown): Promise<AxeResults> } }
            ).axe.run(document, {
              runOnly,
              iframes: false,
            }),
          scheme === 'light' ? RULES : { type: 'rule', values: ['color-contrast'] },
        )) as AxeResults;
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`,
        );
        assert.deepEqual(found, [], `${where}, ${scheme}`);
        await session.detach();
      }
    };

    test('log-in', () => check(client.page, 'log-in'));

    test('list, reader, selection', async () => {
      const { page } = client;
      await logIn(page, everyone);
      await row(page, 'Plain').waitFor();
      await check(page, 'list');
      await openMessage(page, 'Plain');
      await check(page, 'plain');
      await openMessage(page, 'Rich');
      await page.locator('.html-frame[data-filled]').waitFor();
      await row(page, 'Plain').getByRole('checkbox').click();
      await check(page, 'rich');
      await page.keyboard.press('Escape');
    });

    test('writing, help', async () => {
      const { page } = client;
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await check(page, 'help');
      await page.keyboard.press('Escape');
      await page.keyboard.press('c');
      await page.locator('.rich-editor[data-filled]').waitFor();
      await check(page, 'writing');
      await page.getByRole('button', { name: 'Discard draft' }).click();
    });

    test('settings', async () => {
      const { page } = client;
      await page.getByRole('button', { name: 'Settings' }).click();
      for (const name of [
        'General',
        'Identities',
        'Vacation',
        'Filters',
        'Scheduled',
        'App passwords',
        'Sessions',
      ]) {
        await page.getByRole('link', { name, exact: true }).click();
        await page.getByRole('heading', { name, exact: true }).waitFor();
        await page.locator('.settings-page', { hasNotText: 'Loading' }).waitFor();
        await check(page, name);
      }
    });

    test('a telephone: nothing sticks out, and every target is large enough', async () => {
      const { page } = client;
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto(`${new URL(page.url()).origin}/#/mailbox/inbox`);
      await row(page, 'Plain').waitFor();
      await check(page, 'list at 360');
      await page.getByRole('button', { name: 'Mailboxes' }).click();
      await page.locator('.sidebar.open').waitFor();
      await check(page, 'drawer at 360');
      await page.getByRole('link', { name: /^Inbox/ }).click();
      await openMessage(page, 'Plain');
      await check(page, 'reader at 360');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(wide, 360);
    });
  });
}

let source: string | undefined;
async function axeSource(): Promise<string> {
  source ??= await (await import('node:fs/promises')).readFile(AXE, 'utf8');
  return source;
}
