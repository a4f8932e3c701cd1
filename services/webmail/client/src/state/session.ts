import { signal } from '@preact/signals';
import { logOut as askLogOut, Connection, Failure, readSession, whenLoggedOut } from '../jmap/connection.ts';

export type Phase = 'starting' | 'loggedOut' | 'loggedIn' | 'unreachable';

export const phase = signal<Phase>('starting');
export const connection = signal<Connection | undefined>(undefined);
export const online = signal(navigator.onLine);

/** Whoever needs the server needs to be logged in. */
export function server(): Connection {
  const found = connection.value;
  if (!found) throw new Failure('loggedOut', 'loggedOut');
  return found;
}

/** Takes up the session that the browser's cookie stands for, if there is one. */
export async function resume(): Promise<void> {
  try {
    connection.value = new Connection(await readSession());
    phase.value = 'loggedIn';
  } catch (error) {
    phase.value = error instanceof Failure && error.kind === 'offline' ? 'unreachable' : 'loggedOut';
    if (!(error instanceof Failure)) throw error;
  }
}

export async function logOut(): Promise<void> {
  try {
    await askLogOut();
  } finally {
    await forget();
    // Nothing of one account stays in memory for the next.
    location.hash = '';
    location.reload();
  }
}

/** What was kept for reading offline belongs to whoever was logged in. */
export async function forget(): Promise<void> {
  if (!('caches' in globalThis)) return;
  for (const name of await caches.keys()) {
    if (name.startsWith('mail-')) await caches.delete(name);
  }
}

whenLoggedOut(() => {
  connection.value = undefined;
  phase.value = 'loggedOut';
});
addEventListener('online', () => {
  online.value = true;
});
addEventListener('offline', () => {
  online.value = false;
});
