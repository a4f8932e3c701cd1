import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listener, type ListenOptions, listen } from '../listener.ts';
import type { AcmeChallenges } from './challenges.ts';

export const CHALLENGE_PATH = '/.well-known/acme-challenge/';
/** RFC 8555 §8.3: base64url. */
const TOKEN = /^[A-Za-z0-9_-]{16,128}$/;
const REQUEST_MS = 10_000;

/** The answer to a path of http-01 (RFC 8555 §8.3); undefined: there is none. */
export function challengeAnswer(challenges: AcmeChallenges, path: string): Promise<string | undefined> {
  const token = path.startsWith(CHALLENGE_PATH) ? path.slice(CHALLENGE_PATH.length) : '';
  return TOKEN.test(token) ? challenges.byToken(token) : Promise.resolve(undefined);
}

/** A web server that knows answers to http-01, and nothing else. */
export function listenForHttp01(
  challenges: AcmeChallenges,
  options: Omit<ListenOptions, 'tls' | 'refusal'>,
): Promise<Listener> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, keepAliveTimeout: 1, maxHeaderSize: 8_192 },
    (request, response) => void answer(challenges, request, response),
  );
  // It never listens itself: this starts its own watch over the time-outs.
  server.emit('listening');
  return listen(options, ({ socket }) => server.emit('connection', socket));
}

async function answer(
  challenges: AcmeChallenges,
  { url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('connection', 'close');
  try {
    const said = await challengeAnswer(challenges, url);
    response.writeHead(said === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' });
    response.end(said ?? '');
  } catch {
    response.writeHead(503).end();
  }
}
