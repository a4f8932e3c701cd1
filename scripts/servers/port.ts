import { createServer } from 'node:net';

/**
 * Below Linux' ephemeral range (32768…): a port of that range may be taken by any outgoing connection while its
 * server is down, and a client that keeps trying it can even connect to itself.
 */
const LOWEST = 11_000;
const HIGHEST = 31_999;
const ATTEMPTS = 200;

const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody listens on, never given out twice by this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free TCP port between ${LOWEST} and ${HIGHEST} after ${ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
