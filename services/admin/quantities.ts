import { InvalidArgumentError, Option } from 'commander';

const UNITS = ['', 'K', 'M', 'G', 'T'];
const STEP = 1_024;

/** `500M`, `2G`, `1048576`, `unlimited` → bytes or null. Throws a usage error. */
export function readSize(text: string): number | null {
  if (/^unlimited$/i.test(text)) return null;
  const match = /^(\d{1,15}(?:\.\d{1,6})?)([kmgt])?(?:i?b)?$/i.exec(text);
  const bytes = match
    ? Math.round(Number(match[1]) * STEP ** UNITS.indexOf((match[2] ?? '').toUpperCase()))
    : Number.NaN;
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError('It is a size such as 500M or 2G, or unlimited.');
  }
  return bytes;
}

/** `1000`, `unlimited` → a count or null. Throws a usage error. */
export function readCount(text: string): number | null {
  if (/^unlimited$/i.test(text)) return null;
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is a whole number, or unlimited.');
  return Number(text);
}

/** An option that limits something, `null` unless given. */
export function limit(flags: string, description: string, read: (text: string) => number | null): Option {
  return new Option(flags, description).default(null, 'unlimited').argParser(read);
}

/** Bytes for people: three digits and a unit. */
export function showSize(bytes: number | null): string {
  if (bytes === null) return 'unlimited';
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}B`;
}

export function showCount(count: number | null): string {
  return count === null ? 'unlimited' : String(count);
}

/** UTC to the second. */
export function showTime(time: number | string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** How long until or since, in its largest unit: `3h`, `in 5m`. */
export function showDistance(time: number, now: number = Date.now()): string {
  const seconds = Math.round(Math.abs(time - now) / 1_000);
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'm'],
    [1, 's'],
  ];
  const [size, name] = units.find(([least]) => seconds >= least) ?? [1, 's'];
  const length = `${Math.floor(seconds / size)}${name}`;
  return time > now ? `in ${length}` : length;
}

/** `0-127,200` of ascending numbers. */
export function showRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
