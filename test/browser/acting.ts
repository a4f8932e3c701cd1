import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { ImapFlow } from 'imapflow';
import type { Browser } from 'playwright-core';
import type { System } from '../clients/system.ts';
import { type Client, openMailbox, openMessage, row } from './browser.ts';
import { eventually, imap, store, subjects } from './mail.ts';

/** What is done with messages, and taken back; seen from IMAP as well. */
export function acting(system: () => System, browser: () => Browser): void {
  describe('what is done with messages', () => {
    const actor = 'actor@example.test';
    let client: Client;
    let mail: ImapFlow;

    before(async () => {
      await system().addAccounts(actor);
      mail = await imap(system(), actor);
      await mail.mailboxCreate('Projects');
      const begin = Date.now() - 3_600_000;
      await store(
        mail,
        'INBOX',
        ...Array.from({ length: 12 }, (_, at) => ({
          subject: `Letter ${at}`,
          date: new Date(begin + at * 60_000),
        })),
      );
      client = await openMailbox(browser(), system(), actor);
      await row(client.page, 'Letter 11').waitFor();
    });

    const holds = (mailbox: string, ...expected: string[]) =>
      eventually(async () => {
        const found = await subjects(mail, mailbox);
        return expected.every((one) => found.includes(one)) || undefined;
      });
    const undo = (page: Client['page']) => page.locator('.toast-action', { hasText: 'Undo' }).last().click();
    const flags = async (subject: string) => {
      const lock = await mail.getMailboxLock('INBOX');
      try {
        for await (const { envelope, flags } of mail.fetch('1:*', { envelope: true, flags: true }))
          if (envelope?.subject === subject) return flags ?? new Set();
      } finally {
        lock.release();
      }
      return new Set<string>();
    };

    test('an opened message is seen; unread again by U', async () => {
      const { page } = client;
      await openMessage(page, 'Letter 11');
      await eventually(async () => (await flags('Letter 11')).has('\\Seen'));
      await page.keyboard.press('Shift+U');
      await eventually(async () => !(await flags('Letter 11')).has('\\Seen'));
      await page.locator('.row.unread', { hasText: 'Letter 11' }).waitFor();
    });

    test('flagged by its star', async () => {
      const { page } = client;
      await row(page, 'Letter 10').getByRole('button', { name: 'Flag' }).click();
      await eventually(async () => (await flags('Letter 10')).has('\\Flagged'));
      await page.getByRole('link', { name: 'Flagged' }).click();
      await row(page, 'Letter 10').waitFor();
      assert.equal(await page.locator('.row').count(), 1);
      await page.keyboard.press('g');
      await page.keyboard.press('i');
      await row(page, 'Letter 11').waitFor();
    });

    test('archived, and taken back', async () => {
      const { page } = client;
      await openMessage(page, 'Letter 9');
      await page.keyboard.press('e');
      await holds('Archive', 'Letter 9');
      assert.equal(await row(page, 'Letter 9').count(), 0);
      await undo(page);
      await holds('INBOX', 'Letter 9');
      await row(page, 'Letter 9').waitFor();
    });

    test('several at once: with Shift a range, to a mailbox by its name, and taken back', async () => {
      const { page } = client;
      await row(page, 'Letter 8').getByRole('checkbox').click();
      await row(page, 'Letter 6')
        .getByRole('checkbox')
        .click({ modifiers: ['Shift'] });
      await page.getByText('3 selected').waitFor();
      await page.keyboard.press('v');
      await page.getByRole('textbox', { name: 'Find a mailbox' }).fill('proj');
      await page.keyboard.press('Enter');
      await holds('Projects', 'Letter 8', 'Letter 7', 'Letter 6');
      await undo(page);
      await holds('INBOX', 'Letter 8', 'Letter 7', 'Letter 6');
      await row(page, 'Letter 7').waitFor();
    });

    test('junk, and not junk', async () => {
      const { page } = client;
      await openMessage(page, 'Letter 5');
      await page.keyboard.press('!');
      await holds('Junk', 'Letter 5');
      await page.getByRole('link', { name: 'Junk' }).click();
      await row(page, 'Letter 5').waitFor();
      await openMessage(page, 'Letter 5');
      await page.getByRole('button', { name: 'Not junk' }).click();
      await holds('INBOX', 'Letter 5');
    });

    test('deleted: to the Trash, and from there for good once nobody takes it back', async () => {
      const { page } = client;
      await page.getByRole('link', { name: /^Inbox/ }).click();
      await openMessage(page, 'Letter 4');
      await page.keyboard.press('#');
      await holds('Trash', 'Letter 4');
      await page.getByRole('link', { name: 'Trash' }).click();
      await openMessage(page, 'Letter 4');
      await page.keyboard.press('#');
      await undo(page);
      await row(page, 'Letter 4').waitFor();
      await page.clock.install();
      await openMessage(page, 'Letter 4');
      await page.keyboard.press('#');
      await page.getByText('deleted for good').waitFor();
      await page.clock.runFor(7_000);
      await eventually(async () => (await subjects(mail, 'Trash')).length === 0);
    });

    test('a change by another client shows here', async () => {
      const { page } = client;
      await page.reload();
      await page.getByRole('link', { name: /^Inbox/ }).click();
      await row(page, 'Letter 3').waitFor();
      await page.waitForTimeout(100);
      const lock = await mail.getMailboxLock('INBOX');
      await mail.messageFlagsAdd({ subject: 'Letter 3' }, ['\\Seen', '\\Flagged']);
      await mail.messageMove({ subject: 'Letter 2' }, 'Projects');
      lock.release();
      await page.locator('.row:not(.unread)', { hasText: 'Letter 3' }).waitFor();
      await row(page, 'Letter 2').waitFor({ state: 'detached' });
    });

    test('keys go through the list, and a sheet names them', async () => {
      const { page } = client;
      await page.keyboard.press('u');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('o');
      await page.locator('h1.subject').waitFor();
      const first = await page.locator('h1.subject').innerText();
      await page.keyboard.press('j');
      await page.waitForFunction(
        (before) => document.querySelector('h1.subject')?.textContent !== before,
        first,
      );
      await page.keyboard.press('x');
      await page.getByText('1 selected').waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await page.keyboard.press('Escape');
      assert.deepEqual(client.faults(), []);
      await mail.logout();
      await client.close();
    });
  });
}
