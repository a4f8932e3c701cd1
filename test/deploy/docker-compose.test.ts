import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { portSettings, SERVICES } from '../../scripts/cluster/services.ts';
import { SETTINGS } from '../../shared/runtime/config.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: object;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
}

const file = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const compose = parse(file('docker-compose.yml'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};
const SERVERS = ['postgres', 'nats', 'redis'];
/** Those of a profile: they are started only when asked for. */
const optional = Object.entries(compose.services).filter(([, service]) => service.profiles !== undefined);
const ours = Object.entries(compose.services).filter(
  ([name, service]) => !SERVERS.includes(name) && service.profiles === undefined,
);
const settingOf = new Map(SETTINGS.map((setting) => [setting.name, setting]));

describe('docker-compose.yml', () => {
  test('names every service of the cluster, and none else', () => {
    assert.deepEqual(ours.map(([name]) => name).sort(), [...SERVICES].sort());
  });

  for (const [name, service] of ours) {
    test(`${name}: one image, its own entry, settings that exist`, () => {
      assert.equal(service.image, 'cartero');
      assert.equal(service.build, '.');
      assert.deepEqual(service.command, [`services/${name}/main.ts`]);
      assert.ok(existsSync(new URL(`../../services/${name}/main.ts`, import.meta.url)));
      const environment = Object.keys(service.environment ?? {});
      assert.deepEqual(
        environment.filter((variable) => !settingOf.has(variable)),
        [],
      );
      for (const needed of ['DATABASE_URL', 'NATS_URL', 'REDIS_URL'])
        assert.ok(environment.includes(needed), `${name} needs ${needed}`);
    });

    test(`${name}: starts after what it depends on is healthy`, () => {
      const needs = service.depends_on ?? {};
      for (const server of SERVERS) assert.ok(server in needs, `${name} needs ${server}`);
      for (const [other, { condition }] of Object.entries(needs)) {
        assert.equal(condition, 'service_healthy');
        assert.ok(other in compose.services);
        assert.ok(other !== name);
      }
    });

    test(`${name}: publishes only ports that it listens on`, () => {
      const listens = portSettings(name as (typeof SERVICES)[number]).map(
        (one) => settingOf.get(one)?.default,
      );
      for (const port of service.ports ?? []) assert.ok(listens.includes(port.split(':').at(-1)), port);
    });
  }

  test('every server has a health check, and every volume is declared', () => {
    for (const server of SERVERS) assert.ok(compose.services[server]?.healthcheck, server);
    for (const [name, { volumes = [] }] of [
      ...ours,
      ...SERVERS.map((server) => [server, compose.services[server] ?? {}] as const),
    ])
      for (const volume of volumes)
        assert.ok((volume.split(':')[0] ?? '') in compose.volumes, `${name}: ${volume}`);
  });

  test('what the profile `observability` mounts is there, and Prometheus asks every service', () => {
    assert.deepEqual(
      optional.map(([name]) => name),
      ['prometheus', 'grafana'],
    );
    for (const [name, service] of optional) {
      assert.deepEqual(service.profiles, ['observability']);
      for (const volume of service.volumes ?? []) {
        const from = volume.split(':')[0] ?? '';
        if (from.startsWith('.'))
          assert.ok(existsSync(new URL(`../../${from}`, import.meta.url)), `${name}: ${from}`);
        else assert.ok(from in compose.volumes, `${name}: ${from}`);
      }
    }
    const asked = parse(file('deploy/prometheus/prometheus.yaml')).scrape_configs[0].dns_sd_configs[0];
    assert.deepEqual([...asked.names].sort(), [...SERVICES].sort());
    assert.equal(String(asked.port), settingOf.get('ADMIN_PORT')?.default);
  });
});

describe('Dockerfile', () => {
  const dockerfile = file('Dockerfile');

  test('sets only settings that exist', () => {
    const set = [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap((line) => [
      ...(line[1] ?? '').matchAll(/([A-Z_]+)=/g),
    ]);
    const unknown = set
      .map((match) => match[1] ?? '')
      .filter((name) => !settingOf.has(name) && name !== 'NODE_ENV');
    assert.deepEqual(unknown, []);
  });

  test('checks health at /readyz', () => {
    assert.match(dockerfile, /HEALTHCHECK[\s\S]*\/readyz/);
  });

  test('copies only what .dockerignore lets through', () => {
    const copied = [
      ...new Set(
        [...dockerfile.matchAll(/^COPY (?!--from=)(.*) \S+$/gm)].flatMap((line) =>
          (line[1] ?? '').split(' '),
        ),
      ),
    ];
    const allowed = [...file('.dockerignore').matchAll(/^!(.*)$/gm)].map((line) => line[1]);
    assert.deepEqual(copied.sort(), allowed.sort());
    for (const path of copied) assert.ok(existsSync(new URL(`../../${path}`, import.meta.url)), path);
  });
});
