/** Date fields (RFC 5322 §3.3, obsolete forms of §4.3, and what else is seen in the wild). No clock is read here. */

export interface MessageDate {
  /** Unix time in milliseconds. */
  readonly unixMs: number;
  /** Minutes east of UTC that it was written in; 0 when it said "-0000", a military letter or nothing known. */
  readonly zoneMinutes: number;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] as const;
const MONTH_NAMES = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;

/** RFC 5322 §4.3, and European ones that mailers do write. Hours east of UTC. */
const ZONES = new Map<string, number>([
  ['ut', 0],
  ['utc', 0],
  ['gmt', 0],
  ['z', 0],
  ['wet', 0],
  ['edt', -4],
  ['est', -5],
  ['cdt', -5],
  ['cst', -6],
  ['mdt', -6],
  ['mst', -7],
  ['pdt', -7],
  ['pst', -8],
  ['akdt', -8],
  ['akst', -9],
  ['hst', -10],
  ['bst', 1],
  ['cet', 1],
  ['met', 1],
  ['cest', 2],
  ['mest', 2],
  ['eet', 2],
  ['eest', 3],
  ['msk', 3],
  ['jst', 9],
]);

/** No date is longer than this with sense; the rest of a longer value is not read. */
const MAX_DATE = 256;

/** @param value an unfolded field value. Null when no day, month and year are in it, or when there is no such day. */
export function parseDate(value: string): MessageDate | null {
  const text = withoutComments(value.slice(0, MAX_DATE));
  const iso = ISO.exec(text);
  if (iso !== null) {
    const day: Day = { year: Number(iso[1]), month: Number(iso[2]) - 1, day: Number(iso[3]) };
    return assemble(day, readTime(text.slice(iso[0].length)));
  }
  const dated = DAY_MONTH_YEAR.exec(text);
  if (dated !== null) {
    const month = monthOf(dated[2]!);
    if (month < 0) return null;
    const day: Day = { year: fullYear(dated[3]!), month, day: Number(dated[1]) };
    return assemble(day, readTime(text.slice(dated.index + dated[0].length)));
  }
  const asctime = ASCTIME.exec(text);
  if (asctime === null) return null;
  const month = monthOf(asctime[1]!);
  if (month < 0) return null;
  const rest = /^(?:[ \t]*([A-Za-z]{1,5}|[+-]\d{4}))?[ \t]*(\d{4})/.exec(
    text.slice(asctime.index + asctime[0].length),
  );
  if (rest === null) return null;
  const day: Day = { year: Number(rest[2]), month, day: Number(asctime[2]) };
  return assemble(day, readTime(`${asctime[3]} ${rest[1] ?? ''}`));
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

interface Time {
  readonly seconds: number;
  readonly zoneMinutes: number;
}

const ISO = /^[ \t]*(\d{4})-(\d{1,2})-(\d{1,2})[Tt ]?/;
const DAY_MONTH_YEAR =
  /(?:^|[^\d:.])(\d{1,2})[ \t]*[-./ \t][ \t]*([A-Za-z]{3,9})\.?,?[ \t]*[-./ \t][ \t]*(\d{2,4})(?!\d|:)/;
const ASCTIME =
  /(?:^|[ \t,])([A-Za-z]{3,9})[ \t]{1,4}(\d{1,2})[ \t]{1,4}(\d{1,2}:\d{1,2}(?::\d{1,2})?)(?!\d)/;
const TIME =
  /^[ \t,]*(\d{1,2})[ \t]*[:.][ \t]*(\d{1,2})(?:[ \t]*[:.][ \t]*(\d{1,2})(?:[.,]\d{1,9})?)?[ \t]*([AaPp][Mm]\b)?/;
const NUMERIC_ZONE = /^[ \t]*(?:[A-Za-z]{1,5}[ \t]*)?([+-])(\d{1,2}):?(\d{2})(?!\d)/;
const NAMED_ZONE = /^[ \t]*"?([A-Za-z]{1,5})(?![A-Za-z])/;

function readTime(text: string): Time | null {
  const time = TIME.exec(text);
  if (time === null)
    return /^[ \t]*$/.test(text) ? { seconds: 0, zoneMinutes: 0 } : { seconds: 0, ...zoneOf(text) };
  let hour = Number(time[1]);
  const minute = Number(time[2]);
  const second = Number(time[3] ?? 0);
  const half = time[4]?.toLowerCase();
  if (half !== undefined && hour >= 1 && hour <= 12) hour = (hour % 12) + (half === 'pm' ? 12 : 0);
  // 60 is a leap second (RFC 5322 §3.3); 24:00 is the end of the day.
  if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0)) return null;
  return { seconds: hour * 3600 + minute * 60 + second, ...zoneOf(text.slice(time[0].length)) };
}

function zoneOf(text: string): { zoneMinutes: number } {
  const numeric = NUMERIC_ZONE.exec(text);
  if (numeric !== null) {
    const hours = Number(numeric[2]);
    const minutes = Number(numeric[3]);
    if (hours > 23 || minutes > 59) return { zoneMinutes: 0 };
    const offset = hours * 60 + minutes;
    return { zoneMinutes: numeric[1] === '-' && offset > 0 ? -offset : offset };
  }
  const named = NAMED_ZONE.exec(text);
  return { zoneMinutes: named === null ? 0 : (ZONES.get(named[1]!.toLowerCase()) ?? 0) * 60 };
}

function assemble(day: Day, time: Time | null): MessageDate | null {
  if (time === null || day.month < 0 || day.month > 11 || day.day < 1 || day.day > 31) return null;
  const midnight = new Date(0);
  midnight.setUTCFullYear(day.year, day.month, day.day);
  if (midnight.getUTCDate() !== day.day) return null;
  return {
    unixMs: midnight.getTime() + (time.seconds - time.zoneMinutes * 60) * 1000,
    zoneMinutes: time.zoneMinutes,
  };
}

function monthOf(name: string): number {
  return (MONTHS as readonly string[]).indexOf(name.slice(0, 3).toLowerCase());
}

/** RFC 5322 §4.3: two digits are 1950…2049, three are from 1900 on. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

function withoutComments(value: string): string {
  if (!value.includes('(')) return value;
  let text = '';
  let depth = 0;
  for (const character of value) {
    if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (depth === 0) text += character;
  }
  return text;
}

/** The date of a field we write: "Mon, 02 Jan 2006 15:04:05 +0000" (RFC 5322 §3.3). Milliseconds are dropped. */
export function formatDate(unixMs: number, zoneMinutes = 0): string {
  const local = new Date(unixMs + zoneMinutes * 60_000);
  const zone = Math.abs(zoneMinutes);
  const sign = zoneMinutes < 0 ? '-' : '+';
  const day = `${DAYS[local.getUTCDay()]}, ${two(local.getUTCDate())} ${MONTH_NAMES[local.getUTCMonth()]}`;
  const time = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  const year = String(local.getUTCFullYear()).padStart(4, '0');
  return `${day} ${year} ${time} ${sign}${two(Math.floor(zone / 60))}${two(zone % 60)}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
