import type { Socket } from 'node:net';
import { type ProxyHeader, readProxyHeader } from '../protocol/proxy/header.ts';

/** A proxy sends its header with the first packet. Milliseconds. */
export const PROXY_HEADER_MS = 5_000;

/** Reads the header and leaves the socket paused, what follows unread in it. Rejects: none that holds came in time. */
export function takeProxyHeader(socket: Socket, timeoutMs = PROXY_HEADER_MS): Promise<ProxyHeader> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      socket.off('data', read);
      socket.off('end', ended);
      socket.off('close', ended);
      outcome();
    };
    const ended = (): void => settle(() => reject(new Error('the connection ended before a PROXY header')));
    const read = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const found = readProxyHeader(bytes);
      if (found === 'need-data') return;
      if (found === 'malformed') {
        settle(() => reject(new Error('no PROXY header')));
        return;
      }
      socket.pause();
      settle(() => {
        if (found.length < bytes.length) socket.unshift(bytes.subarray(found.length));
        resolve(found.header);
      });
    };
    const timer = setTimeout(
      () => settle(() => reject(new Error(`no PROXY header within ${timeoutMs} ms`))),
      timeoutMs,
    );
    socket.on('data', read);
    socket.on('end', ended);
    socket.on('close', ended);
  });
}
