import { formatDate } from '../message/date.ts';

/** Parts of a date (RFC 5260 §4.2). */
type Part = (date: Date, zoneMinutes: number, unixMs: number) => string;

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const yearOf = (date: Date): string => pad(date.getUTCFullYear(), 4);
const dayOf = (date: Date): string =>
  `${yearOf(date)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
const timeOf = (date: Date): string =>
  `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
const zoneOf = (minutes: number, colon: string): string =>
  `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}${colon}${pad(Math.abs(minutes) % 60)}`;

/** Days from 17 November 1858 to 1 January 1970: the Modified Julian Day counts from there. */
const JULIAN_1970 = 40_587;

const PARTS: Readonly<Record<string, Part>> = {
  year: yearOf,
  month: (date) => pad(date.getUTCMonth() + 1),
  day: (date) => pad(date.getUTCDate()),
  date: dayOf,
  julian: (date) => String(Math.floor(date.getTime() / 86_400_000) + JULIAN_1970),
  hour: (date) => pad(date.getUTCHours()),
  minute: (date) => pad(date.getUTCMinutes()),
  second: (date) => pad(date.getUTCSeconds()),
  time: timeOf,
  iso8601: (date, zone) => `${dayOf(date)}T${timeOf(date)}${zoneOf(zone, ':')}`,
  std11: (_, zone, unixMs) => formatDate(unixMs, zone),
  zone: (_, zone) => zoneOf(zone, ''),
  weekday: (date) => String(date.getUTCDay()),
};

export function isDatePart(name: string): boolean {
  return Object.hasOwn(PARTS, name);
}

/** @param name one for which `isDatePart` holds */
export function datePart(name: string, unixMs: number, zone: number): string {
  return PARTS[name]!(new Date(unixMs + zone * 60_000), zone, unixMs);
}

/** "+0130" in minutes east of UTC; undefined when it is no zone. */
export function zoneMinutes(text: string): number | undefined {
  const match = /^([+-])(\d\d)([0-5]\d)$/.exec(text);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
