import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Context, Hono } from 'hono';
import { compress } from 'hono/compress';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/**
 * The client's own page: scripts and styles come from its files alone. Pictures and sound of messages are shown
 * from blobs that the client fetched. `frame-src blob:` is for PDF.
 */
const CLIENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self' blob:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types dompurify cartero cartero-parser',
].join('; ');

/**
 * The empty pages into which the client puts what a message says: no script whatever is in it, no request but for
 * pictures, and for those of other hosts only in the second one.
 */
const framePolicy = (pictures: string): string =>
  [
    'sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src ${pictures}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');

const POLICIES: Readonly<Record<string, string>> = {
  '/message-frame.html': framePolicy('blob: data:'),
  '/message-frame-remote.html': framePolicy('blob: data: https: http:'),
};

/** The built client in `directory`; a file's name with a hash in it never means anything else. */
export function staticFiles(directory: string): Hono {
  const app = new Hono();
  app.use(compress());
  app.get('/', (context) => send(context, '/index.html'));
  app.get('/*', (context) => send(context, context.req.path));
  return app;

  async function send(context: Context, path: string): Promise<Response> {
    const type = TYPES[extname(path)];
    // Names of our own build alone: no dots but that of the extension, so nothing outside can be named.
    if (type === undefined || !/^(?:\/[\w-]+){1,3}\.[a-z]+$/.test(path)) return context.notFound();
    const file = join(directory, path);
    const facts = await stat(file).catch(() => undefined);
    if (!facts?.isFile()) return context.notFound();
    const etag = `"${facts.size.toString(36)}-${Math.trunc(facts.mtimeMs).toString(36)}"`;
    context.header('Content-Type', type);
    context.header('ETag', etag);
    context.header(
      'Cache-Control',
      path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    );
    const frame = POLICIES[path];
    context.header('Content-Security-Policy', frame ?? CLIENT_POLICY);
    context.header('X-Frame-Options', frame ? 'SAMEORIGIN' : 'DENY');
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Referrer-Policy', 'no-referrer');
    context.header('Cross-Origin-Opener-Policy', 'same-origin');
    context.header('Cross-Origin-Resource-Policy', 'same-origin');
    if (context.req.header('If-None-Match') === etag) return context.body(null, 304);
    return context.body(await readFile(file));
  }
}
