import { type Cursor, ImapSyntaxError } from './cursor.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
export const DAY_MS = 86_400_000;
/** No clock on earth is further from UTC (Kiribati, +1400). */
const MAX_ZONE_HOURS = 14;

/** date-time of RFC 3501 §9: `" 7-Feb-1994 21:52:25 -0800"`; Unix time in milliseconds. */
export function parseDateTime(text: string): number | null {
  const match = /^([ 0-3]?\d)-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text);
  if (match === null) return null;
  const day = dayNumber(match[1]!, match[2]!, match[3]!);
  const [hours, minutes, seconds] = [Number(match[4]), Number(match[5]), Number(match[6])];
  const [zoneHours, zoneMinutes] = [Number(match[8]), Number(match[9])];
  if (day === null || hours > 23 || minutes > 59 || seconds > 60) return null;
  if (zoneHours > MAX_ZONE_HOURS || zoneMinutes > 59) return null;
  const zone = (zoneHours * 60 + zoneMinutes) * (match[7] === '-' ? -1 : 1);
  return day * DAY_MS + ((hours * 60 + minutes - zone) * 60 + seconds) * 1000;
}

/** INTERNALDATE in UTC, without the quotes. */
export function formatDateTime(unixMs: number): string {
  const date = new Date(unixMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day}-${MONTHS[date.getUTCMonth()]}-${year} ${time} +0000`;
}

/** date of a SEARCH key, `1-Feb-1994`, quoted or not: days since 1970-01-01. */
export function readDate(cursor: Cursor): number {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(cursor.astring().toString('latin1'));
  const day = match === null ? null : dayNumber(match[1]!, match[2]!, match[3]!);
  if (day === null) throw new ImapSyntaxError('Invalid date');
  return day;
}

function dayNumber(day: string, month: string, year: string): number | null {
  const name = month[0]!.toUpperCase() + month.slice(1).toLowerCase();
  const at = MONTHS.indexOf(name as (typeof MONTHS)[number]);
  if (at < 0) return null;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), at, Number(day));
  return date.getUTCDate() === Number(day) && date.getUTCMonth() === at ? date.getTime() / DAY_MS : null;
}
