/// <reference lib="webworker" />
/**
 * The client itself is kept whole, so that it starts without a network. Of the mail, each answer that was read is kept
 * under its question: what was seen can be read again. Nothing that changes anything is kept or answered from here.
 */
export type {};

declare const self: ServiceWorkerGlobalScope;
declare const __SHELL__: { readonly version: string; readonly files: readonly string[] };

const SHELL = `shell-${__SHELL__.version}`;
/** Taken away at log-out. */
const MAIL = 'mail-1';
/** Answers and parts that are kept. */
const MAX_KEPT = 600;
const MAX_KEPT_BYTES = 2_000_000;
const PAGES = [
  '/',
  '/icon.svg',
  '/manifest.webmanifest',
  '/message-frame.html',
  '/message-frame-remote.html',
];
const READS = /\/(?:get|query|parse|changes|queryChanges)$/;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll([...PAGES, ...__SHELL__.files]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names.filter((one) => one.startsWith('shell-') && one !== SHELL).map((one) => caches.delete(one)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === 'GET' && (url.pathname.startsWith('/assets/') || PAGES.includes(url.pathname))) {
    event.respondWith(
      url.pathname.startsWith('/assets/') ? shellFirst(request) : networkFirst(request, SHELL),
    );
  } else if (request.method === 'GET' && isMail(url)) event.respondWith(networkFirst(request, MAIL));
  else if (
    request.method === 'POST' &&
    request.headers.get('Content-Type') === 'application/json' &&
    isMail(url)
  ) {
    event.respondWith(question(request));
  }
});

const isMail = ({ pathname }: URL): boolean =>
  pathname === '/.well-known/jmap' ||
  (pathname.startsWith('/jmap') && !/\/(?:events|ws|upload)\b/.test(pathname));

async function shellFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

async function networkFirst(
  request: Request,
  cacheName: string,
  key: Request | string = request,
): Promise<Response> {
  const asked = request.clone();
  try {
    const response = await fetch(request);
    if (response.ok && response.status === 200) void keep(cacheName, key, response.clone());
    if (response.status === 401) await caches.delete(MAIL);
    return response;
  } catch (error) {
    const cache = await caches.open(cacheName);
    const kept = await cache.match(typeof key === 'string' ? key : asked, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

/** A JMAP request that only reads is kept under what it asks. */
async function question(request: Request): Promise<Response> {
  const body = await request.clone().text();
  if (!readsOnly(body)) return fetch(request);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  const name = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return networkFirst(request, MAIL, `/kept/${name}`);
}

function readsOnly(body: string): boolean {
  try {
    const { methodCalls } = JSON.parse(body) as { methodCalls: readonly (readonly [string])[] };
    return methodCalls.every(([name]) => READS.test(name));
  } catch {
    return false;
  }
}

async function keep(cacheName: string, key: Request | string, response: Response): Promise<void> {
  const size = Number(response.headers.get('Content-Length') ?? 0);
  if (size > MAX_KEPT_BYTES) return;
  const cache = await caches.open(cacheName);
  await cache.put(key, response).catch(() => undefined);
  if (cacheName !== MAIL) return;
  const keys = await cache.keys();
  // Those put in first come first.
  for (const oldest of keys.slice(0, Math.max(0, keys.length - MAX_KEPT))) await cache.delete(oldest);
}
