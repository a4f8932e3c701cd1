import type { Measured } from './measure.ts';
import { median } from './percentile.ts';
import { isDelay, type Row } from './rows.ts';

/** What was measured, by peer and row name: one entry a round. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, readonly Measured[]>>;

const number = (value: number): string => {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2);
};

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const head = (cells: readonly string[]): string[] => [line(cells), line(cells.map(() => '---'))];

function middle(results: Results, peer: string, row: Row, field: (one: Measured) => number): number {
  return median((results.get(peer)?.get(row.name) ?? []).map(field));
}

/** The row's figure: messages a second, or for delays milliseconds. */
const figure =
  (row: Row) =>
  (one: Measured): number =>
    isDelay(row.measure) ? one.p50Ms : one.rate;

/** How many times better `ours` is than the best of the others; above 1 is better, for rates and delays alike. */
export function ratio(results: Results, row: Row, ours: string, others: readonly string[]): number {
  const own = middle(results, ours, row, figure(row));
  const rest = others.map((peer) => middle(results, peer, row, figure(row)));
  return isDelay(row.measure) ? Math.min(...rest) / own : own / Math.max(...rest);
}

/** Messages a second (delays: p50 in ms), medians over the rounds; the ratio is to the better of the peers. */
export function rateTable(rows: readonly Row[], results: Results, ours: string): string {
  const others = [...results.keys()].filter((peer) => peer !== ours);
  const lines = head(['msg/s (delays: p50 ms)', ours, ...others, 'ratio', 'goal', '']);
  for (const row of rows) {
    const reached = ratio(results, row, ours, others);
    lines.push(
      line([
        row.name,
        ...[ours, ...others].map((peer) => number(middle(results, peer, row, figure(row)))),
        reached.toFixed(2),
        `≥ ${row.goal}`,
        reached >= row.goal ? 'reached' : reached >= 1 ? 'not reached' : 'lost',
      ]),
    );
  }
  return lines.join('\n');
}

/** p50 / p99 in milliseconds of the end of data → 250, or of what a delay row measures. */
export function delayTable(rows: readonly Row[], results: Results): string {
  const peers = [...results.keys()];
  const lines = head(['p50 / p99 ms', ...peers]);
  for (const row of rows) {
    const cell = (peer: string): string =>
      `${number(middle(results, peer, row, (one) => one.p50Ms))} / ${number(middle(results, peer, row, (one) => one.p99Ms))}`;
    lines.push(line([row.name, ...peers.map(cell)]));
  }
  return lines.join('\n');
}

/** Server CPU a delivery in milliseconds; the last column is the load program's own, which shares the machine. */
export function cpuTable(rows: readonly Row[], results: Results): string {
  const peers = [...results.keys()];
  const lines = head(['CPU ms a delivery', ...peers, 'load program']);
  for (const row of rows) {
    const loads = peers.map((peer) => middle(results, peer, row, (one) => one.loadCpuMs));
    lines.push(
      line([
        row.name,
        ...peers.map((peer) => number(middle(results, peer, row, (one) => one.cpuMs))),
        number(median(loads)),
      ]),
    );
  }
  return lines.join('\n');
}

/** What one row's figure is made of, for each part of each peer. */
export function partsTable(
  row: Row,
  results: Results,
  what: string,
  partsOf: (one: Measured) => ReadonlyMap<string, number>,
): string {
  const lines = head([`${what}: ${row.name}`, '']);
  for (const [peer, measured] of results) {
    const rounds = (measured.get(row.name) ?? []).map(partsOf);
    const names = new Set(rounds.flatMap((round) => [...round.keys()]));
    const parts = [...names]
      .map((name) => ({ name, value: median(rounds.map((round) => round.get(name) ?? 0)) }))
      .sort((a, b) => b.value - a.value)
      .filter(({ value }) => value > 0.005);
    lines.push(line([peer, parts.map(({ name, value }) => `${name} ${number(value)}`).join(', ')]));
  }
  return lines.join('\n');
}
