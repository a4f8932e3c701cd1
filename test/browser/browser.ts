import assert from 'node:assert/strict';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findBinary } from '../../scripts/servers/binary.ts';
import { missingProgram } from '../clients/program.ts';
import type { System } from '../clients/system.ts';
import { PASSWORD } from '../clients/system.ts';

/** The reason to skip, or false. */
export const missingBrowser = (): string | false => missingProgram('chromium');

/** Far above what anything takes, so that a machine under load fails nothing. */
const PATIENCE_MS = 20_000;

export function startBrowser(): Promise<Browser> {
  // Tests run as root, where Chromium's own sandbox refuses to start.
  return chromium.launch({ executablePath: findBinary('chromium'), args: ['--no-sandbox', '--disable-gpu'] });
}

export interface Client {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong in the page since it was asked last: errors of scripts, dialogs, pages that opened. */
  faults(): readonly string[];
  close(): Promise<void>;
}

interface ClientOptions {
  readonly width?: number;
  readonly height?: number;
  readonly locale?: string;
  readonly offline?: boolean;
}

/** The web client, not logged in yet. `offline`: with its service worker. */
export async function openClient(
  browser: Browser,
  system: System,
  options: ClientOptions = {},
): Promise<Client> {
  const { width = 1440, height = 900, locale = 'en-GB', offline = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    locale,
    serviceWorkers: offline ? 'allow' : 'block',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  let seen: string[] = [];
  page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', (popup) => seen.push(`popup: ${popup.url()}`));
  await page.goto(`http://127.0.0.1:${system.ports.http}/`);
  return {
    page,
    context,
    faults: () => {
      const all = seen;
      seen = [];
      return all;
    },
    close: async () => {
      assert.deepEqual(seen, []);
      await context.close();
    },
  };
}

export async function logIn(page: Page, address: string, password = PASSWORD): Promise<void> {
  await page.locator('input[name=username]').fill(address);
  await page.locator('input[name=password]').fill(password);
  await page.locator('form button[type=submit]').click();
  await page.locator('.list-pane').waitFor();
}

/** The client of an account, logged in. */
export async function openMailbox(
  browser: Browser,
  system: System,
  address: string,
  options?: ClientOptions,
): Promise<Client> {
  const client = await openClient(browser, system, options);
  await logIn(client.page, address);
  return client;
}

/** The line of the list with this subject. */
export const row = (page: Page, subject: string) => page.locator('.row', { hasText: subject });

export async function openMessage(page: Page, subject: string): Promise<void> {
  await row(page, subject).first().locator('.row-link').click();
  await page.locator('h1.subject', { hasText: subject }).waitFor();
  await page.locator('.message.expanded .body').first().waitFor();
}

/** The page that a message's HTML is shown in, once it is. */
export async function messageFrame(page: Page) {
  await page.locator('.html-frame[data-filled]').first().waitFor();
  const handle = await page.locator('.html-frame').first().elementHandle();
  return (await handle!.contentFrame())!;
}
