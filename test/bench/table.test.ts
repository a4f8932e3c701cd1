import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../../bench/measure.ts';
import { median, percentile } from '../../bench/percentile.ts';
import { cpuOf } from '../../bench/processes.ts';
import { isDelay, rows } from '../../bench/rows.ts';
import { cpuTable, delayTable, partsTable, rateTable, ratio } from '../../bench/table.ts';

const measured = (rate: number, p50Ms: number, cpuMs: number): Measured => ({
  rate,
  p50Ms,
  p99Ms: p50Ms * 10,
  cpuMs,
  cpuMsOf: new Map([['postgres', cpuMs]]),
  loadCpuMs: 0.1,
  peakMib: new Map([['postgres', 100]]),
});

test('percentile is the nearest rank, median the middle; order does not matter', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([7], 0.01), 7);
  assert.ok(Number.isNaN(percentile([], 0.5)));
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test('the ratio is to the best of the others, and above 1 is better for rates and delays alike', () => {
  const rate = rows(false)[0]!;
  const delay = rows(false).find((row) => isDelay(row.measure))!;
  const results = new Map([
    [
      'us',
      new Map([
        [rate.name, [measured(900, 1, 1), measured(1000, 1, 1), measured(5000, 1, 1)]],
        [delay.name, [measured(0, 2, 1)]],
      ]),
    ],
    [
      'a',
      new Map([
        [rate.name, [measured(400, 1, 4)]],
        [delay.name, [measured(0, 30, 1)]],
      ]),
    ],
    [
      'b',
      new Map([
        [rate.name, [measured(2000, 1, 3)]],
        [delay.name, [measured(0, 10, 1)]],
      ]),
    ],
  ]);
  assert.equal(ratio(results, rate, 'us', ['a', 'b']), 0.5);
  assert.equal(ratio(results, delay, 'us', ['a', 'b']), 5);
  const lines = rateTable([rate, delay], results, 'us').split('\n');
  assert.equal(lines[2], `| ${rate.name} | 1,000 | 400 | 2,000 | 0.50 | ≥ ${rate.goal} | lost |`);
  assert.equal(lines[3], `| ${delay.name} | 2.0 | 30 | 10 | 5.00 | ≥ ${delay.goal} | not reached |`);
  assert.match(delayTable([rate], results), /\| 1\.0 \/ 10 \| 1\.0 \/ 10 \| 1\.0 \/ 10 \|$/);
  assert.match(cpuTable([rate], results), /\| 1\.0 \| 4\.0 \| 3\.0 \| 0\.10 \|$/);
  assert.match(
    partsTable(rate, results, 'CPU', (one) => one.cpuMsOf),
    /\| b \| postgres 3\.0 \|$/,
  );
});

test('the short form has the rows of the long one, and less to send', () => {
  const [short, long] = [rows(true), rows(false)];
  assert.deepEqual(
    short.map((row) => row.name),
    long.map((row) => row.name),
  );
  for (const [index, row] of short.entries())
    assert.ok(row.messages >= 1 && row.messages <= long[index]!.messages);
});

test('CPU is that of the tree below a process', () => {
  const until = performance.now() + 50;
  while (performance.now() < until);
  const spent = cpuOf([{ name: 'this', pid: process.pid }]);
  assert.ok((spent.get('this') ?? 0) > 0);
  assert.equal(cpuOf([{ name: 'nobody', pid: 4_194_304 }]).size, 0);
});
