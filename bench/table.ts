import type { Row } from './rows.ts';

export interface Measured {
  readonly messagesASecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (high + low) / 2;
};

/** A Markdown table: medians over the rounds, ours first; a ratio above 1 is more messages a second of ours. */
export function table(rows: readonly Row[], results: ReadonlyMap<string, readonly Measured[]>): string {
  const lines = [
    '| row (4 KiB) | ours msg/s | peer msg/s | ratio | ours p50/p99 ms | peer p50/p99 ms | ours CPU ms/msg | peer CPU ms/msg |',
    '|---|---|---|---|---|---|---|---|',
  ];
  for (const row of rows) {
    const of = (side: string, field: keyof Measured): number =>
      median((results.get(`${side} ${row.name}`) ?? []).map((one) => one[field]));
    const [a, b] = ['Cartero', 'Postfix + Dovecot'] as const;
    const latency = (side: string): string =>
      `${of(side, 'p50Ms').toFixed(1)} / ${of(side, 'p99Ms').toFixed(1)}`;
    const rates = [of(a, 'messagesASecond'), of(b, 'messagesASecond')] as const;
    lines.push(
      `| ${row.name} | ${rates[0].toFixed(0)} | ${rates[1].toFixed(0)} | ${(rates[0] / rates[1]).toFixed(2)} | ${latency(a)} | ${latency(b)} | ${of(a, 'cpuMs').toFixed(2)} | ${of(b, 'cpuMs').toFixed(2)} |`,
    );
  }
  return lines.join('\n');
}
