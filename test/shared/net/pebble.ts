import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../../../scripts/servers/binary.ts';
import { makeChild } from '../../../scripts/servers/child.ts';
import { freePort, temporaryDirectory } from '../../../scripts/servers.ts';
import { testCa } from '../../certificates.ts';
import { startDnsServer, type Zone } from '../../dns-server.ts';

export interface Pebble {
  readonly directory: string;
  /** By whom its own certificate is made. */
  readonly caFile: string;
  /** Where it comes to for http-01 and tls-alpn-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
  stop(): Promise<void>;
}

/** Let's Encrypt's certificate authority for tests: `names` are all 127.0.0.1 to it. */
export async function startPebble(names: readonly string[]): Promise<Pebble> {
  const place = temporaryDirectory('pebble');
  const [port, httpPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const ca = await testCa();
  const own = await ca.forHosts(['localhost']);
  const file = (name: string, content: string): string => {
    const path = join(place.path, name);
    writeFileSync(path, content);
    return path;
  };
  const zone: Zone = Object.fromEntries(names.map((name) => [name, { a: ['127.0.0.1'] }]));
  const dns = await startDnsServer(zone);
  const config = file(
    'config.json',
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        certificate: file('own.crt', own.certificate),
        privateKey: file('own.key', own.key),
        httpPort,
        tlsPort,
      },
    }),
  );
  const child = makeChild({
    name: 'pebble',
    command: findBinary('pebble'),
    arguments: ['-config', config, '-dnsserver', dns.address, '-strict'],
    cwd: place.path,
    // Nonces that are refused, and pauses before it comes, are what clients are to bear; the pauses cost time.
    env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_AUTHZREUSE: '0' },
    logFile: join(place.path, 'log'),
    stopSignal: 'SIGTERM',
    orphanSignal: 'SIGKILL',
    stopGraceMs: 2_000,
    readyWithinMs: 20_000,
    ready: async (output) => /ACME directory available/.test(output()),
  });
  await child.start();
  return {
    directory: `https://localhost:${port}/dir`,
    caFile: file('ca.pem', ca.certificate),
    httpPort,
    tlsPort,
    async stop() {
      await child.stop();
      await dns.stop();
      place.remove();
    },
  };
}
