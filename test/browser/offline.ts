import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { System } from '../clients/system.ts';
import { type Client, openMailbox, openMessage, row } from './browser.ts';
import { imap, store } from './mail.ts';

/** Without a network: what was seen is seen again, also after a reload. */
export function offline(system: () => System, browser: () => Browser): void {
  describe('offline', () => {
    const traveller = 'traveller@example.test';
    let client: Client;

    before(async () => {
      await system().addAccounts(traveller);
      const mail = await imap(system(), traveller);
      await store(
        mail,
        'INBOX',
        { subject: 'Ticket', content: 'Seat 42.\n', flags: ['\\Seen'] },
        { subject: 'Not opened' },
      );
      await mail.logout();
      client = await openMailbox(browser(), system(), traveller, { offline: true });
    });

    test('a message that was read is read again, after a reload as well', async () => {
      const { page, context } = client;
      // The worker takes over the page once it is installed; what is asked before goes past it.
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      await page.reload();
      await row(page, 'Ticket').waitFor();
      await openMessage(page, 'Ticket');
      await page.waitForFunction(async () => {
        const cache = await caches.open('mail-1');
        return (await cache.keys()).length >= 4;
      });
      await context.setOffline(true);
      await page.reload();
      await page.locator('.plain', { hasText: 'Seat 42.' }).waitFor();
      await page.locator('.offline').waitFor();
      await page.keyboard.press('u');
      await row(page, 'Not opened').locator('.row-link').click();
      await page.locator('.reader', { hasText: 'No connection to the server' }).waitFor();
    });

    test('at log-out what was kept is thrown away', async () => {
      const { page, context } = client;
      await context.setOffline(false);
      await page.reload();
      await row(page, 'Ticket').waitFor();
      await page.getByRole('button', { name: /^Log out/ }).click();
      await page.locator('input[name=username]').waitFor();
      assert.deepEqual(
        await page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('mail'))),
        [],
      );
      assert.deepEqual(client.faults(), []);
      await client.close();
    });
  });
}
