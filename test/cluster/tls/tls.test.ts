/** TLS to NATS, Redis and Postgres, as their URLs ask for it, against servers that speak it and one that does not. */
import assert from 'node:assert/strict';
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findBinary } from '../../../scripts/servers/binary.ts';
import { type Child, makeChild } from '../../../scripts/servers/child.ts';
import { startPostgres } from '../../../scripts/servers/postgres.ts';
import { freePort, temporaryDirectory } from '../../../scripts/servers.ts';
import { testCa } from '../../certificates.ts';
import { missingProgram, runProgram } from '../../clients/program.ts';

const CLIENT = join(import.meta.dirname, 'client.ts');

describe('TLS between services', { skip: missingProgram('nats-server', 'redis-server', 'postgres') }, () => {
  const place = temporaryDirectory('inner-tls');
  const file = (name: string): string => join(place.path, name);
  const ports = { nats: 0, plainNats: 0, redis: 0, postgres: 0 };
  const children: { stop(): Promise<void> }[] = [];

  function child(name: string, args: readonly string[], ready: RegExp): Child {
    return makeChild({
      name,
      command: findBinary(name),
      arguments: args,
      cwd: place.path,
      env: { PATH: process.env.PATH },
      logFile: file(`${name}-${args[3]}.log`),
      stopSignal: 'SIGTERM',
      orphanSignal: 'SIGKILL',
      stopGraceMs: 5_000,
      readyWithinMs: 15_000,
      ready: async (output) => ready.test(output()),
    });
  }

  before(async () => {
    const ca = await testCa();
    const own = await ca.forHosts(['localhost']);
    writeFileSync(file('ca.pem'), ca.certificate);
    writeFileSync(file('own.crt'), own.certificate);
    for (const name of ['own.key', 'postgres.key']) writeFileSync(file(name), own.key, { mode: 0o600 });
    for (const name of Object.keys(ports)) ports[name as 'nats'] = await freePort();
    const nats = (port: number) => ['--addr', '127.0.0.1', '--port', String(port)];
    const secure = ['--tls', '--tlscert', file('own.crt'), '--tlskey', file('own.key')];
    const redis = [
      ...['--port', '0', '--tls-port', String(ports.redis), '--bind', '127.0.0.1', '--save', ''],
      ...['--tls-cert-file', file('own.crt'), '--tls-key-file', file('own.key')],
      ...['--tls-ca-cert-file', file('ca.pem'), '--tls-auth-clients', 'no'],
    ];
    const started = [
      child('nats-server', [...nats(ports.nats), ...secure], /Server is ready/),
      child('nats-server', nats(ports.plainNats), /Server is ready/),
      child('redis-server', redis, /Ready to accept connections/),
    ];
    children.push(...started);
    await Promise.all(started.map((one) => one.start()));
    const directory = file('postgres');
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync('/var/lib/postgresql');
      chownSync(file('postgres.key'), uid, gid);
    }
    children.push(
      await startPostgres({
        directory,
        port: ports.postgres,
        fsync: false,
        settings: { ssl: 'on', ssl_cert_file: file('own.crt'), ssl_key_file: file('postgres.key') },
      }),
    );
  });
  after(async () => {
    await Promise.all(children.map((one) => one.stop()));
    place.remove();
  });

  /** What comes of each row's URL. */
  const opened = async (trusted: boolean): Promise<string[]> => {
    const env: Record<string, string> = trusted ? { NODE_EXTRA_CA_CERTS: file('ca.pem') } : {};
    const urls = ROWS.map(([, url]) => url());
    return JSON.parse((await runProgram(process.execPath, [CLIENT, ...urls], { env })).toString());
  };

  const ROWS: readonly [name: string, url: () => string, trusted: 'ok' | RegExp, untrusted: 'ok' | RegExp][] =
    [
      ['tls:// of NATS', () => `tls://localhost:${ports.nats}`, 'ok', /verify/],
      ['nats:// where NATS asks for TLS', () => `nats://localhost:${ports.nats}`, 'ok', /verify/],
      ['tls:// where NATS has none', () => `tls://localhost:${ports.plainNats}`, /TLS|tls/, /TLS|tls/],
      ['rediss://', () => `rediss://localhost:${ports.redis}`, 'ok', /not connected|verify/],
      ['sslmode=verify-full', () => postgres('verify-full'), 'ok', /verify/],
      ['sslrootcert', () => postgres(`verify-full&sslrootcert=${file('ca.pem')}`), 'ok', 'ok'],
    ];
  const postgres = (mode: string): string =>
    `postgres://cartero@localhost:${ports.postgres}/cartero?sslmode=${mode}`;

  for (const trust of [true, false]) {
    test(trust ? 'with the CA of the servers' : 'without it', async () => {
      const said = await opened(trust);
      for (const [at, [name, , trusted, untrusted]] of ROWS.entries()) {
        const expected = trust ? trusted : untrusted;
        if (expected === 'ok') assert.equal(said[at], 'ok', name);
        else assert.match(said[at]!, expected, name);
      }
    });
  }
});
