/** `npm run dashboards`: writes the JSON of the dashboards and the rules of the alerts from their source. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { ruleGroups } from './alerts.ts';
import { grafanaDashboard } from './dashboard.ts';
import { DASHBOARDS } from './dashboards.ts';

const DIRECTORY = new URL('generated/', import.meta.url);
const HEAD = '# Made by `npm run dashboards` from deploy/grafana/alerts.ts.\n';

/** Every generated file, by its name below `generated/`. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const dashboard of DASHBOARDS)
    files.set(`${dashboard.uid}.json`, `${JSON.stringify(grafanaDashboard(dashboard), null, 2)}\n`);
  files.set('alerts.yaml', HEAD + stringify(ruleGroups(), { lineWidth: 0 }));
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'cartero' },
    spec: ruleGroups(),
  };
  files.set('prometheus-rule.yaml', HEAD + stringify(rule, { lineWidth: 0 }));
  return files;
}

if (import.meta.main) {
  for (const [name, text] of generatedFiles()) {
    const path = new URL(name, DIRECTORY);
    await mkdir(dirname(path.pathname), { recursive: true });
    await writeFile(path, text);
    process.stdout.write(`${path.pathname}\n`);
  }
}
