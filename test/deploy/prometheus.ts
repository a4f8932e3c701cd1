import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { findBinary } from '../../scripts/servers/binary.ts';
import { type Child, makeChild } from '../../scripts/servers/child.ts';
import { freePort } from '../../scripts/servers/port.ts';
import { answers } from '../../scripts/servers/probe.ts';

export interface Target {
  readonly service: string;
  readonly port: number;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Prometheus {
  query(expr: string): Promise<readonly Sample[]>;
  /** Alerts whose condition holds now, by name. */
  firing(): Promise<readonly string[]>;
  exemplars(
    expr: string,
  ): Promise<readonly { readonly exemplars: readonly { labels: Record<string, string> }[] }[]>;
  /** Resolves once every target was scraped `times` times more. */
  scraped(times: number): Promise<void>;
  readonly stop: Child['stop'];
}

/** A scrape each second, so that a rate over some seconds has data soon. */
const SCRAPE_MS = 1_000;
const DEADLINE_MS = 60_000;

/** A real Prometheus over these targets, with our rules. */
export async function startPrometheus(
  directory: string,
  targets: readonly Target[],
  rules: string,
): Promise<Prometheus> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const config = {
    global: {
      scrape_interval: `${SCRAPE_MS}ms`,
      scrape_timeout: `${SCRAPE_MS}ms`,
      evaluation_interval: '1s',
    },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: 'cartero',
        static_configs: targets.map((one) => ({
          targets: [`127.0.0.1:${one.port}`],
          labels: { service: one.service },
        })),
      },
    ],
  };
  writeFileSync(join(directory, 'prometheus.yaml'), stringify(config));
  const child = makeChild({
    name: 'prometheus',
    command: findBinary('prometheus'),
    arguments: [
      '--config.file=prometheus.yaml',
      '--storage.tsdb.path=data',
      '--enable-feature=exemplar-storage',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    cwd: directory,
    env: { PATH: process.env.PATH },
    logFile: join(directory, 'prometheus.log'),
    stopSignal: 'SIGTERM',
    orphanSignal: 'SIGKILL',
    stopGraceMs: 5_000,
    readyWithinMs: 20_000,
    ready: () => answers(port, 'GET /-/ready HTTP/1.0\r\n\r\n', /200 OK/),
  });
  await child.start();

  async function ask<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const url = `http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const body = (await response.json()) as { status: string; error?: string; data: T };
    if (body.status !== 'success') throw new Error(`${parameters.query ?? path}: ${body.error}`);
    return body.data;
  }
  const query = async (expr: string): Promise<readonly Sample[]> =>
    (await ask<{ result: readonly Sample[] }>('query', { query: expr })).result;
  const least = async (): Promise<number> => {
    const counts = await query('count_over_time(up[1h]) and up == 1');
    return counts.length < targets.length ? 0 : Math.min(...counts.map((one) => Number(one.value[1])));
  };
  return {
    query,
    firing: async () =>
      (await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts')).alerts
        .filter((one) => one.state === 'firing')
        .map((one) => one.labels.alertname),
    exemplars: (expr) =>
      ask('query_exemplars', {
        query: expr,
        start: String(Date.now() / 1_000 - 600),
        end: String(Date.now() / 1_000 + 60),
      }),
    async scraped(times) {
      const from = await least();
      for (const until = Date.now() + DEADLINE_MS; Date.now() < until; await sleep(SCRAPE_MS / 4))
        if ((await least()) >= from + times) return;
      throw new Error(`not every target was scraped: ${JSON.stringify(await query('up'))}`);
    },
    stop: () => child.stop(),
  };
}
