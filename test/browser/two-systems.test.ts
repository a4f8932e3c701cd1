import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { freePort } from '../../scripts/servers/port.ts';
import { type System, startEmbedded } from '../clients/system.ts';
import { missingBrowser, openMailbox, openMessage, row, startBrowser } from './browser.ts';

/** The second case of the course: two readers of web mail, and SMTP between their servers. */
describe('web mail to web mail, over SMTP between two systems', { skip: missingBrowser() }, () => {
  let browser: Browser;
  let here: System;
  let there: System;

  before(async () => {
    const [smtpHere, smtpThere] = [await freePort(), await freePort()];
    [browser, here, there] = await Promise.all([
      startBrowser(),
      startEmbedded({
        SMTP_PORT: `${smtpHere}`,
        RELAY_HOST: `127.0.0.1:${smtpThere}`,
        MAIL_HOSTNAME: 'mail.here.test',
      }),
      startEmbedded({
        SMTP_PORT: `${smtpThere}`,
        RELAY_HOST: `127.0.0.1:${smtpHere}`,
        MAIL_HOSTNAME: 'mail.there.test',
      }),
    ]);
    await Promise.all([
      here.mailctl(['domain', 'add', 'here.test']),
      there.mailctl(['domain', 'add', 'there.test']),
    ]);
    await Promise.all([here.addAccounts('hans@here.test'), there.addAccounts('tina@there.test')]);
  });
  after(async () => {
    await browser?.close();
    await Promise.all([here?.stop(), there?.stop()]);
  });

  test('a letter there, and the answer back', async () => {
    const [hans, tina] = await Promise.all([
      openMailbox(browser, here, 'hans@here.test'),
      openMailbox(browser, there, 'tina@there.test', { locale: 'es-ES' }),
    ]);
    await hans.page.evaluate(() =>
      localStorage.setItem('cartero-preferences', '{"undoSeconds":0,"locale":"en"}'),
    );
    await tina.page.evaluate(() =>
      localStorage.setItem('cartero-preferences', '{"undoSeconds":0,"locale":"es"}'),
    );
    await Promise.all([hans.page.reload(), tina.page.reload()]);
    await hans.page.getByRole('button', { name: 'Compose' }).first().click();
    await hans.page.getByLabel('To', { exact: true }).fill('tina@there.test,');
    await hans.page.getByLabel('Subject').fill('Grüße — ¡hola!');
    await hans.page.frameLocator('.rich-editor').locator('body').fill('Wie geht es dir?');
    await hans.page.keyboard.press('Control+Enter');

    await row(tina.page, 'Grüße — ¡hola!').waitFor();
    await openMessage(tina.page, 'Grüße — ¡hola!');
    await tina.page.keyboard.press('r');
    await tina.page.locator('.rich-editor[data-filled]').waitFor();
    await tina.page.getByRole('button', { name: 'Enviar', exact: true }).click();

    await row(hans.page, 'Re: Grüße — ¡hola!').waitFor();
    await openMessage(hans.page, 'Re: Grüße — ¡hola!');
    assert.equal(await row(hans.page, 'Grüße').first().locator('.row-count').innerText(), '2');
    await Promise.all([hans.close(), tina.close()]);
  });
});
