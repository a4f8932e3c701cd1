import { render } from 'preact';
import './style/base.css';
import './style/layout.css';
import './style/list.css';
import './style/reader.css';
import './style/compose.css';
import './style/settings.css';
import './state/preferences.ts';
import { resume } from './state/session.ts';
import { App } from './view/app.tsx';
import { listenToKeys } from './view/keyboard.ts';

render(<App />, document.getElementById('app')!);
listenToKeys();
void resume();
void registerWorker();

/** For reading without a network what was read with one. */
async function registerWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const policy = (
    globalThis as {
      trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } };
    }
  ).trustedTypes?.createPolicy('cartero', { createScriptURL: (url: string) => url });
  const url = '/service-worker.js';
  await navigator.serviceWorker.register(policy?.createScriptURL(url) ?? url).catch(() => undefined);
}
