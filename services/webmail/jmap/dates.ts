/** UTCDate (RFC 8620 §1.4): no fraction when it is zero. */
export function utcDate(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('.000Z', 'Z');
}

/** Date (RFC 8620 §1.4), in the zone it was written in. */
export function zonedDate(unixMs: number, zoneMinutes: number): string {
  if (zoneMinutes === 0) return utcDate(unixMs);
  const local = utcDate(unixMs + zoneMinutes * 60_000).slice(0, -1);
  const minutes = Math.abs(zoneMinutes);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${local}${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const DATE =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2})$/;

export interface ReadDate {
  readonly unixMs: number;
  /** Minutes east of UTC. */
  readonly zoneMinutes: number;
}

/** Undefined: it is no Date. */
export function readDate(text: string): ReadDate | undefined {
  const match = DATE.exec(text);
  const unixMs = match === null ? Number.NaN : Date.parse(text);
  if (Number.isNaN(unixMs)) return undefined;
  const zone = match![2]!;
  const [hours, minutes] = zone === 'Z' ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  return { unixMs, zoneMinutes: (zone.startsWith('-') ? -1 : 1) * (hours! * 60 + minutes!) };
}
