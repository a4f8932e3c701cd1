import { after, before, describe } from 'node:test';
import type { Browser } from 'playwright-core';
import { type System, startEmbedded } from '../clients/system.ts';
import { accessible } from './accessible.ts';
import { acting } from './acting.ts';
import { missingBrowser, startBrowser } from './browser.ts';
import { hostile } from './hostile.ts';
import { offline } from './offline.ts';
import { reading } from './reading.ts';
import { settings } from './settings.ts';
import { writing } from './writing.ts';

describe('the web client in a browser', { skip: missingBrowser() }, () => {
  let system: System;
  let browser: Browser;
  before(async () => {
    [system, browser] = await Promise.all([startEmbedded(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });
  const parts = [() => system, () => browser] as const;
  reading(...parts);
  acting(...parts);
  writing(...parts);
  settings(...parts);
  hostile(...parts);
  offline(...parts);
  accessible(...parts);
});
