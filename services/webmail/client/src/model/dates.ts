/** A date as a list shows it: the time today, the day this year, else with the year. */
export function shortDate(date: Date, now: Date, locale: string): string {
  if (date.toDateString() === now.toDateString())
    return format(locale, { hour: '2-digit', minute: '2-digit' }, date);
  if (date.getFullYear() === now.getFullYear())
    return format(locale, { day: 'numeric', month: 'short' }, date);
  return format(locale, { day: '2-digit', month: '2-digit', year: '2-digit' }, date);
}

export function longDate(date: Date, locale: string): string {
  return format(locale, { dateStyle: 'full', timeStyle: 'short' }, date);
}

export function mediumDate(date: Date, locale: string): string {
  return format(locale, { dateStyle: 'medium', timeStyle: 'short' }, date);
}

// Making a formatter costs more than a whole page of dates.
const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions, date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  const key = `${locale} ${JSON.stringify(options)}`;
  const found = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, found);
  return found.format(date);
}

/** `1.5 MB`; decimal units, as files are told elsewhere on the system. */
export function fileSize(bytes: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[unit]!,
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

/** RFC 8620 §1.4. */
export function utcDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
