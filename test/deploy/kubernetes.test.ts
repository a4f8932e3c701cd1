import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { portSettings, SERVICES } from '../../scripts/cluster/services.ts';
import { SETTINGS } from '../../shared/runtime/config.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OVERLAYS = ['dev', 'production'] as const;
const settingOf = new Map(SETTINGS.map((setting) => [setting.name, setting]));

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: { readonly requests?: object; readonly limits?: { readonly memory?: string } };
  readonly securityContext?: Record<string, unknown>;
  readonly [probe: string]: unknown;
}
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly data?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs by kind, and the schema of each is checked first.
  readonly spec?: any;
}

const hasKubectl = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
})();
const skip = !hasKubectl && process.env.CI !== 'true' && 'kubectl is not installed';

function build(overlay: string): Resource[] {
  const text = execFileSync('kubectl', ['kustomize', `${ROOT}deploy/k8s/overlays/${overlay}`], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 16_777_216,
  });
  return parseAllDocuments(text).map((document) => document.toJS() as Resource);
}

/** Which package holds the JSON schemas of a group: Kubernetes' own, or those of an operator's CRDs. */
const SCHEMAS: Record<string, string> = {
  'postgresql.cnpg.io': '@kubernetes-models/cloudnative-pg',
  'cert-manager.io': '@kubernetes-models/cert-manager',
  'keda.sh': '@kubernetes-models/keda',
};

async function check(resource: Resource): Promise<void> {
  const group = resource.apiVersion.split('/')[0] ?? '';
  const from = SCHEMAS[group] ?? 'kubernetes-models';
  const models = await import(`${from}/${resource.apiVersion}`);
  const Model = models[resource.kind];
  assert.ok(Model, `${resource.apiVersion} ${resource.kind} has a schema`);
  const unread = new Set<string>();
  Model.prototype.validate.call(watched(unwrapped(resource), '', unread));
  assert.deepEqual([...unread], [], 'fields that the schema does not know');
}

/** Kustomize folds long values of a Secret over lines, which base64 allows and the schema's pattern does not. */
function unwrapped(resource: Resource): Resource {
  if (resource.kind !== 'Secret') return resource;
  const data = Object.entries(resource.data ?? {}).map(([key, value]) => [key, value.replace(/\s/g, '')]);
  return { ...resource, data: Object.fromEntries(data) };
}

/** The schemas let unknown fields pass; but what no validator reads is a field it does not know, such as a mistyped one. */
function watched<T>(value: T, path: string, unread: Set<string>): T {
  if (typeof value !== 'object' || value === null) return value;
  const isArray = Array.isArray(value);
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    copy[key] = watched(inner, `${path}/${key}`, unread);
    if (!isArray) unread.add(`${path}/${key}`);
  }
  const target = isArray ? Object.values(copy) : copy;
  return new Proxy(target, {
    get(from, key, receiver) {
      if (typeof key === 'string') unread.delete(`${path}/${key}`);
      return Reflect.get(from, key, receiver);
    },
  }) as T;
}

const containersOf = (workload: Resource): readonly Container[] => workload.spec.template.spec.containers;
const named = (resources: readonly Resource[], kind: string, name: string) =>
  resources.find((one) => one.kind === kind && one.metadata.name === name);

describe('deploy/k8s', { skip }, () => {
  for (const overlay of OVERLAYS) {
    describe(overlay, () => {
      const resources = skip ? [] : build(overlay);
      const workloads = resources.filter((one) => ['Deployment', 'StatefulSet', 'Job'].includes(one.kind));
      const services = workloads.filter(
        (one) => one.metadata.labels?.['app.kubernetes.io/component'] === 'cartero-service',
      );
      const configMap = resources.find(
        (one) => one.kind === 'ConfigMap' && one.metadata.name.startsWith('cartero-settings'),
      );

      test('each resource fits the schema of its kind', async () => {
        assert.ok(resources.length > 40);
        for (const resource of resources)
          await check(resource).catch((error: Error) =>
            assert.fail(`${resource.kind} ${resource.metadata.name}: ${error.message}`),
          );
      });

      test('there is a Deployment for every service, and none else', () => {
        assert.deepEqual(services.map((one) => one.metadata.name).sort(), [...SERVICES].sort());
      });

      test('settings exist, and their values are taken', () => {
        const env = { ...configMap?.data };
        for (const name of Object.keys(env)) assert.ok(settingOf.has(name), name);
        for (const workload of [...services, ...workloads.filter((one) => one.kind === 'Job')]) {
          for (const { name } of containersOf(workload).flatMap((one) => one.env ?? []))
            assert.ok(settingOf.has(name), `${workload.metadata.name}: ${name}`);
        }
      });

      for (const service of services) {
        const { name } = service.metadata;
        const [container] = containersOf(service) as [Container];

        test(`${name}: its own entry, the real servers, the ports it listens on`, () => {
          assert.deepEqual(container.args, [`services/${name}/main.ts`]);
          assert.ok(existsSync(`${ROOT}services/${name}/main.ts`));
          const env = container.env?.map((one) => one.name) ?? [];
          for (const needed of ['DATABASE_URL', 'NATS_URL', 'REDIS_URL', 'REPLICA_NAME'])
            assert.ok(env.includes(needed), needed);
          const listens = portSettings(name as (typeof SERVICES)[number]).map((one) =>
            Number(settingOf.get(one)?.default),
          );
          assert.deepEqual(
            container.ports?.map((one) => one.containerPort).sort(),
            [...new Set(listens)].sort(),
          );
        });

        test(`${name}: probes ask what is served`, () => {
          const source = readFileSync(`${ROOT}shared/runtime/health.ts`, 'utf8');
          for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
            const { httpGet } = container[probe] as { httpGet: { path: string; port: string } };
            assert.ok(source.includes(`'${httpGet.path}'`), `${probe}: ${httpGet.path}`);
            assert.equal(httpGet.port, 'admin');
          }
          const grace = service.spec.template.spec.terminationGracePeriodSeconds as number;
          const { preStop } = container.lifecycle as { preStop: { sleep: { seconds: number } } };
          const own = Number(
            /GRACE_MS = (\d+)_000/.exec(readFileSync(`${ROOT}services/process.ts`, 'utf8'))?.[1],
          );
          assert.ok(grace >= own + preStop.sleep.seconds + 5, `${grace} s for ${own} s and a preStop`);
        });

        test(`${name}: any node may be drained, one replica at a time`, () => {
          const budget = named(resources, 'PodDisruptionBudget', name);
          assert.deepEqual(budget?.spec.selector, service.spec.selector);
          assert.ok(service.spec.template.spec.topologySpreadConstraints.length > 0);
        });
      }

      for (const workload of workloads) {
        test(`${workload.metadata.name}: no root, no writes, no capabilities, bounded memory`, () => {
          const pod = workload.spec.template.spec;
          assert.equal(pod.securityContext.runAsNonRoot, true);
          assert.equal(pod.automountServiceAccountToken, false);
          for (const { securityContext, resources: limits } of containersOf(workload)) {
            assert.equal(securityContext?.readOnlyRootFilesystem, true);
            assert.equal(securityContext?.allowPrivilegeEscalation, false);
            assert.deepEqual(securityContext?.capabilities, { drop: ['ALL'] });
            assert.ok(limits?.limits?.memory && limits.requests);
          }
        });
      }

      test('each Service leads to a port by name that its pods have', () => {
        const inside = resources.filter((one) => one.kind === 'Service');
        assert.ok(inside.length >= 8);
        for (const service of inside) {
          const target = workloads.find(
            (one) =>
              one.spec.template.metadata?.labels['app.kubernetes.io/name'] ===
              service.spec.selector['app.kubernetes.io/name'],
          );
          assert.ok(target, service.metadata.name);
          const names = containersOf(target).flatMap((one) => one.ports?.map((port) => port.name) ?? []);
          for (const { targetPort } of service.spec.ports)
            assert.ok(names.includes(targetPort), `${service.metadata.name}: ${targetPort}`);
        }
      });

      test('what a NetworkPolicy lets in is a port of the pods it is for', () => {
        for (const policy of resources.filter((one) => one.kind === 'NetworkPolicy')) {
          const name = policy.spec.podSelector.matchLabels?.['app.kubernetes.io/name'];
          const pods = workloads.find((one) => one.metadata.name === name);
          if (!pods) continue;
          const ports = containersOf(pods).flatMap(
            (one) => one.ports?.map((port) => port.containerPort) ?? [],
          );
          for (const rule of policy.spec.ingress ?? [])
            for (const { port } of rule.ports)
              assert.ok(ports.includes(port), `${policy.metadata.name}: ${port}`);
        }
      });

      test('each Secret that is referred to is made here, by an operator, or listed in secrets.md', () => {
        const listed = readFileSync(`${ROOT}deploy/k8s/overlays/production/secrets.md`, 'utf8');
        const made = resources.filter((one) => one.kind === 'Secret').map((one) => one.metadata.name);
        const refs = workloads.flatMap((one) =>
          containersOf(one).flatMap((container) => container.env ?? []),
        );
        for (const { valueFrom } of refs) {
          const ref = valueFrom?.secretKeyRef;
          if (!ref) continue;
          const row = listed.split('\n').find((line) => line.startsWith(`| \`${ref.name}\``));
          assert.ok(made.includes(ref.name) || row?.includes(`\`${ref.key}\``), `${ref.name}.${ref.key}`);
        }
      });
    });
  }

  test('production: the autoscaler, not the manifest, says how many', () => {
    const resources = build('production');
    const scalers = resources.filter((one) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(one.kind));
    assert.deepEqual(scalers.map((one) => one.spec.scaleTargetRef.name).sort(), [
      'imap-gateway',
      'mailbox-store',
      'relay-worker',
      'smtp-ingress',
    ]);
    for (const scaler of scalers) {
      const target = named(resources, 'Deployment', scaler.spec.scaleTargetRef.name);
      assert.ok(target && target.spec.replicas === undefined, scaler.metadata.name);
    }
  });

  test('production: what the autoscalers ask for is measured', () => {
    const queries = readFileSync(`${ROOT}deploy/k8s/overlays/production/scaling.yaml`, 'utf8');
    const names = new Set(queries.match(/cartero_[a-z_]+/g));
    assert.ok(names.size >= 4);
    const source = execFileSync('grep', ['-rhoE', "'cartero_[a-z_]+'", 'services', 'shared'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    for (const name of names) assert.ok(source.includes(`'${name}'`), `${name} is a metric`);
  });
});
