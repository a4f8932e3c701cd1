import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { ImapFlow } from 'imapflow';
import type { Browser, Page } from 'playwright-core';
import type { System } from '../clients/system.ts';
import { type Client, openMailbox, openMessage, row } from './browser.ts';
import { eventually, imap, store, subjects } from './mail.ts';
import { PNG_BYTES } from './parts.ts';

/** Writing: drafts, rich text, attachments, completion, calling back, sending later, answers. */
export function writing(system: () => System, browser: () => Browser): void {
  describe('writing', () => {
    const writer = 'writer@example.test';
    const other = 'other@example.test';
    let client: Client;
    let mine: ImapFlow;
    let theirs: ImapFlow;

    before(async () => {
      await system().addAccounts(writer, other);
      [mine, theirs] = await Promise.all([imap(system(), writer), imap(system(), other)]);
      await store(mine, 'INBOX', {
        subject: 'Question',
        from: `Olga Other <${other}>`,
        to: `${writer}, carla@example.org`,
        content:
          'Content-Type: text/html; charset=utf-8\n\n<p>What do <b>you</b> think?</p><script>x</script>\n',
      });
      client = await openMailbox(browser(), system(), writer);
      await row(client.page, 'Question').waitFor();
    });

    const arrives = (mailbox: ImapFlow, name: string, subject: string) =>
      eventually(async () => {
        const lock = await mailbox.getMailboxLock(name);
        try {
          await mailbox.noop();
          if (mailbox.mailbox && mailbox.mailbox.exists === 0) return undefined;
          for await (const message of mailbox.fetch('1:*', {
            envelope: true,
            source: true,
            bodyStructure: true,
          }))
            if (message.envelope?.subject === subject) return message;
        } finally {
          lock.release();
        }
        return undefined;
      });

    test('a draft is saved as one writes, found again and written on', async () => {
      const { page } = client;
      await page.keyboard.press('c');
      await page.getByLabel('To', { exact: true }).fill('olga');
      await page.getByRole('option', { name: /Olga Other/ }).click();
      await page.getByLabel('Subject').fill('A rich letter');
      await editor(page).locator('body').click();
      await page.keyboard.type('Dear Olga, this is ');
      await page.getByRole('button', { name: 'Bold' }).click();
      await page.keyboard.type('important');
      await page.locator('.save-state', { hasText: 'Saved' }).waitFor();
      const saved = await arrives(mine, 'Drafts', 'A rich letter');
      assert.match(saved.source!.toString(), /<b>important<\/b>/);
      await page.getByRole('button', { name: 'Close and save draft' }).click();
      await page.getByRole('link', { name: /^Drafts/ }).click();
      await row(page, 'A rich letter').locator('.row-link').click();
      await editor(page).locator('b', { hasText: 'important' }).waitFor();
    });

    test('files come by drag and drop; it is sent, and called back', async () => {
      const { page } = client;
      await dropFile(page, 'picture.png', 'image/png', PNG_BYTES);
      await page.locator('.composer .attachment', { hasText: 'picture.png' }).waitFor();
      await page.locator('.composer progress').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.locator('.toast', { hasText: 'Message sent' }).getByRole('button', { name: 'Undo' }).click();
      await page.locator('.composer').waitFor();
      assert.equal((await subjects(theirs, 'INBOX')).length, 0);
    });

    test('sent for good, it arrives as it was written, and lies in Sent', async () => {
      const { page } = client;
      await setUndo(page, '0');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.locator('.toast', { hasText: 'Message sent' }).waitFor();
      const { source } = await arrives(theirs, 'INBOX', 'A rich letter');
      const text = source!.toString();
      assert.match(text, /multipart\/mixed/i);
      assert.match(text, /multipart\/alternative/i);
      assert.match(text, /Dear Olga, this is important/);
      assert.match(text, /filename="?picture\.png/);
      assert.ok(text.replace(/\s/g, '').includes(PNG_BYTES.toString('base64')));
      assert.ok((await subjects(mine, 'Sent')).includes('A rich letter'));
      assert.deepEqual(await subjects(mine, 'Drafts'), []);
    });

    test('an answer to all quotes, names what it answers, and marks it answered', async () => {
      const { page } = client;
      await page.getByRole('link', { name: /^Inbox/ }).click();
      await openMessage(page, 'Question');
      await page.keyboard.press('a');
      await page.locator('.chip', { hasText: 'carla@example.org' }).waitFor();
      await page.getByRole('button', { name: 'Remove carla@example.org' }).click();
      await editor(page).locator('blockquote b', { hasText: 'you' }).waitFor();
      assert.equal(await editor(page).locator('script').count(), 0);
      await page.getByRole('button', { name: 'Plain text' }).click();
      await page.locator('.text-editor').fill(`Fine.\n${await page.locator('.text-editor').inputValue()}`);
      await page.keyboard.press('Control+Enter');
      const { source } = await arrives(theirs, 'INBOX', 'Re: Question');
      assert.match(source!.toString(), /Fine\./);
      assert.match(source!.toString(), /> What do you think\?/);
      assert.match(source!.toString(), /In-Reply-To: </i);
      const lock = await mine.getMailboxLock('INBOX');
      const answered = await eventually(async () => (await mine.search({ answered: true })) || undefined);
      lock.release();
      assert.equal(answered.length, 1);
    });

    test('passed on, with its fields', async () => {
      const { page } = client;
      await openMessage(page, 'Question');
      await page.keyboard.press('f');
      await editor(page).locator('body', { hasText: 'Forwarded message' }).waitFor();
      await page.getByLabel('To', { exact: true }).fill(`${other},`);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      const { source } = await arrives(theirs, 'INBOX', 'Fwd: Question');
      assert.match(source!.toString(), /From: Olga Other/);
    });

    test('sent later it waits, is seen waiting, and can be taken back', async () => {
      const { page } = client;
      await page.keyboard.press('c');
      await page.getByLabel('To', { exact: true }).fill(`${other},`);
      await page.getByLabel('Subject').fill('For later');
      await page.getByRole('button', { name: 'Send later' }).click();
      await page.getByRole('button', { name: /Tomorrow morning/ }).click();
      await page.getByText(/Will be sent/).waitFor();
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('link', { name: 'Scheduled' }).click();
      await page.locator('.thing', { hasText: 'For later' }).getByRole('button').click();
      await page.locator('.composer h2', { hasText: 'For later' }).waitFor();
      await page.getByRole('button', { name: 'Discard draft' }).click();
      await page.getByText('Draft discarded').waitFor();
      assert.ok(!(await subjects(theirs, 'INBOX')).includes('For later'));
    });

    test('what is no address, or nobody, is not sent', async () => {
      const { page } = client;
      await page.keyboard.press('c');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText('Who should get it?').waitFor();
      await page.getByLabel('To', { exact: true }).fill('nonsense,');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText('This is not an address: nonsense').waitFor();
      await page.getByRole('button', { name: 'Discard draft' }).click();
      assert.deepEqual(client.faults(), []);
      await Promise.all([mine.logout(), theirs.logout()]);
      await client.close();
    });
  });
}

const editor = (page: Page) => page.frameLocator('.rich-editor');

async function setUndo(page: Page, seconds: string): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Undo send').selectOption(seconds);
}

async function dropFile(page: Page, name: string, type: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    ([name, type, base64]) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64!), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], name!, { type: type! }));
      return transfer;
    },
    [name, type, bytes.toString('base64')],
  );
  await page.dispatchEvent('.composer-form', 'dragover', { dataTransfer: data });
  await page.dispatchEvent('.composer-form', 'drop', { dataTransfer: data });
}
