import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { System } from '../clients/system.ts';
import { type Client, openMailbox, row } from './browser.ts';
import { eventually, imap, letter, sendFromOutside, subjects } from './mail.ts';

/** Settings, and that they do what they say. */
export function settings(system: () => System, browser: () => Browser): void {
  describe('settings', () => {
    const settler = 'settler@example.test';
    let client: Client;

    before(async () => {
      await system().addAccounts(settler);
      client = await openMailbox(browser(), system(), settler);
      await client.page.getByRole('button', { name: 'Settings' }).click();
    });
    const open = (name: string) => client.page.getByRole('link', { name, exact: true }).click();

    test('a name and a signature are in the next letter', async () => {
      const { page } = client;
      await open('Identities');
      await page.getByLabel('Name').first().fill('Seth Settler');
      await page.getByLabel('Signature').first().fill('Seth\nSettlers & Sons');
      await page.getByRole('button', { name: 'Save' }).first().click();
      await page.getByText('Saved').waitFor();
      await page.keyboard.press('c');
      await page.frameLocator('.rich-editor').locator('.signature', { hasText: 'Settlers & Sons' }).waitFor();
      await page.getByRole('button', { name: 'Discard draft' }).click();
    });

    test('filters by form sort what comes in', async () => {
      const { page } = client;
      await open('Filters');
      // The 'Saved' of the test before may still be shown, and would be taken for this one's.
      await page.reload();
      await page.getByRole('button', { name: 'New rule' }).click();
      await page.getByLabel('Name of the rule').fill('From Ana');
      await page.getByLabel('Value').fill('ana@correo.example');
      await page.getByRole('button', { name: 'Add action' }).click();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved').waitFor();
      await sendFromOutside(system(), settler, letter({ subject: 'To be sorted', to: settler }));
      const mail = await imap(system(), settler);
      await eventually(async () => (await subjects(mail, 'Archive')).includes('To be sorted'));
      await mail.logout();
      await page.reload();
      await page.getByLabel('Name of the rule').waitFor();
      assert.equal(await page.getByLabel('Name of the rule').inputValue(), 'From Ana');
    });

    test('vacation', async () => {
      const { page } = client;
      await open('Vacation');
      await page.getByLabel('Answer automatically').check();
      await page.getByLabel('Message').fill('I am away.');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved').waitFor();
      await page.reload();
      await page.getByLabel('Answer automatically').waitFor();
      assert.equal(await page.getByLabel('Answer automatically').isChecked(), true);
      await page.getByLabel('Answer automatically').uncheck();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved').waitFor();
    });

    test('an app password logs in by IMAP until it is taken away', async () => {
      const { page } = client;
      await open('App passwords');
      await page.getByLabel('Name of the program').fill('telephone');
      await page.getByRole('button', { name: 'Add' }).click();
      const secret = await page.locator('.secret').innerText();
      const mail = await imap(system(), settler, secret);
      await mail.logout();
      await page.getByRole('button', { name: 'Remove telephone' }).click();
      await page.getByText('You have no app passwords.').waitFor();
      await assert.rejects(imap(system(), settler, secret));
    });

    test('a session that is ended is out', async () => {
      const { page } = client;
      const second = await openMailbox(browser(), system(), settler);
      await open('Sessions');
      await page.locator('.thing').nth(1).waitFor();
      await page
        .locator('.thing', { hasNotText: 'this one' })
        .filter({ hasText: 'Web' })
        .first()
        .getByRole('button')
        .click();
      await page.getByText('Session ended').waitFor();
      await second.page.reload();
      await second.page.locator('input[name=username]').waitFor();
      await second.close();
    });

    test('Spanish, and dark, kept by the browser', async () => {
      const { page } = client;
      await open('General');
      await page.getByLabel('Language').selectOption('es');
      await page.getByLabel('Aspecto').selectOption('dark');
      await page.reload();
      await page.getByRole('heading', { name: 'General' }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
      assert.equal(
        await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
        'rgb(21, 23, 26)',
      );
      await page.getByRole('link', { name: /^Entrada/ }).click();
      await page.getByText('Aquí no hay nada').waitFor();
    });

    test('logged out, nothing is left', async () => {
      const { page } = client;
      await page.getByRole('button', { name: /^Salir/ }).click();
      await page.locator('input[name=username]').waitFor();
      assert.equal(await row(page, '').count(), 0);
      await page.locator('input[name=username]').fill(settler);
      await page.locator('input[name=password]').fill('wrong');
      await page.locator('form button[type=submit]').click();
      await page.getByRole('alert').filter({ hasText: 'no es correcta' }).waitFor();
      assert.deepEqual(client.faults(), []);
      await client.close();
    });
  });
}
